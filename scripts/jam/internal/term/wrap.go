package term

// Wrap joins parts into lines of at most width columns.
func Wrap(parts []string, between string, width int) []string {
	var lines []string
	line := ""
	for _, part := range parts {
		switch {
		case line == "":
			line = part
		case Columns(line+between+part) <= width:
			line += between + part
		default:
			lines, line = append(lines, line), part
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	for i := range lines {
		lines[i] = Fit(lines[i], width)
	}
	return lines
}
