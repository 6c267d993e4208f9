// Package e2e deploys Jams into a cloud on this machine, with the real CDK and with the policies of roles enforced, plays
// and operates them, and takes them down again. Everything is done as an organiser would do it: through npx cdk, the
// command line, and the deployed address.
//
// It holds tests alone. What this cloud does not do (see docs/aws.md) is asserted on the template, in infra/stack.
package e2e
