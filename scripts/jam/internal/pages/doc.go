// Package pages opens every page of HTML that this project makes in a browser, as people will: the photo finish on a
// projector and a phone, the certified result on a screen and on paper, the API's description.
//
// It holds tests alone. The pages come from the commands that write them, of a Jam whose teams have the names that teams
// have: long ones, Korean, Arabic, emoji, and pieces of HTML. They need a Chromium and are skipped where there is none;
// scripts/test installs one.
package pages
