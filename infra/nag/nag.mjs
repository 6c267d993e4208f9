// Holds a synthesized template to cdk-nag's AwsSolutions rules:
//
//   node infra/nag/nag.mjs cdk.out/photofinish-<jam>.template.json
//
// It ends with 0 if nothing was found but what accepted.mjs accepts, and all of that was found; with 1 if not, and says
// what; with 2 if it could not look.
import { readFileSync } from 'node:fs';
import { accepted } from './accepted.mjs';

const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: node infra/nag/nag.mjs TEMPLATE.json');
  process.exit(2);
}
let found;
try {
  JSON.parse(readFileSync(file, 'utf8'));
  found = await findings(file);
} catch (e) {
  console.error(`cdk-nag could not look at ${file}: ${e.message}`);
  process.exit(2);
}

const needed = new Set();
let wrong = 0;
for (const { rule, resource, text } of found) {
  const reason = accepted.find((a) => a.rule === rule && a.on.test(resource));
  if (reason) {
    needed.add(reason);
  } else {
    wrong++;
    console.log(`${rule}: ${resource}: ${text}`);
  }
}
for (const a of accepted.filter((a) => !needed.has(a))) {
  wrong++;
  console.log(`${a.rule}: accepted.mjs accepts it of ${a.on}, and it is not found there: take the line out`);
}
process.exit(wrong > 0 ? 1 : 0);

// findings are what the rules find in a template, which is included in a stack for them to walk through.
async function findings(templateFile) {
  const { App, LegacyStackSynthesizer, Stack } = (await import('aws-cdk-lib')).default;
  const { CfnInclude } = (await import('aws-cdk-lib/cloudformation-include')).default;
  const { AwsSolutionsChecks } = (await import('cdk-nag')).default;
  const app = new App();
  const stack = new Stack(app, 'Stack', { synthesizer: new LegacyStackSynthesizer() });
  new CfnInclude(stack, 'Template', { templateFile });
  const prefix = `${stack.node.path}/Template/`;
  return new AwsSolutionsChecks(app).validateScope(app).violations.flatMap((v) => v.violatingResources.map((r) => ({
    rule: v.ruleName, text: v.description, resource: (r.constructPath ?? '').replace(prefix, ''),
  })));
}
