// What cdk-nag finds in a Jam's stack and is meant so: the rule, the resources of which it is accepted (by the beginning of
// their logical ids), and why. Whatever is found beside these fails the tests, and so does a line that nothing needs.
export const accepted = [
  {
    rule: 'AwsSolutions-APIG4', on: /^Apiv1/,
    why: 'Who may use an operation is the functions\' own business: bearer tokens, stored hashed in the table and revoked there. ' +
      'An authorizer would read the same item a second time for each request.',
  },
  {
    rule: 'AwsSolutions-COG4', on: /^Apiv1/,
    why: 'Teams have tokens that an organiser hands out on the day, and no accounts.',
  },
  {
    rule: 'AwsSolutions-APIG2', on: /^Api[0-9A-F]{8}$/,
    why: 'The functions hold every request to the OpenAPI document and answer with problem+json. The gateway could not: every ' +
      'media type is binary to it, so that compressed replies pass as they are.',
  },
  {
    rule: 'AwsSolutions-APIG3', on: /^ApiDeploymentStage/,
    why: 'A web ACL costs more in a month than a Jam. The stage throttles, and what is public is cached before it.',
  },
  {
    rule: 'AwsSolutions-APIG6', on: /^ApiDeploymentStage/,
    why: 'Execution logs can hold headers and bodies, which are tokens and answers. The access log has each request\'s status, ' +
      'times and errors, and the functions have theirs.',
  },
  {
    rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    on: /^ApiCloudWatchRole/,
    why: 'The role by which API Gateway writes access logs is one for an account and region, and this is the policy that AWS ' +
      'keeps for it.',
  },
  {
    rule: 'AwsSolutions-CFR1', on: /^Cdn/,
    why: 'Spectators may be anywhere.',
  },
  {
    rule: 'AwsSolutions-CFR2', on: /^Cdn/,
    why: 'It serves GET and HEAD of public documents alone, from its cache.',
  },
  {
    rule: 'AwsSolutions-CFR3', on: /^Cdn/,
    why: 'Its log would hold who looked at a public board and when, for which nobody has a use; what misses the cache is in the ' +
      'gateway\'s access log.',
  },
  {
    rule: 'AwsSolutions-CFR4', on: /^Cdn/,
    why: 'Under its own cloudfront.net name a distribution takes what CloudFront\'s certificate takes; only a domain of ' +
      'one\'s own could ask for more. Browsers and our client negotiate TLS 1.2 or newer, and no token goes that way but a team\'s with its proof.',
  },
  {
    rule: 'AwsSolutions-SMG4', on: /^Master$/,
    why: 'All of a Jam\'s keys are derived from this secret. Another one in the middle of a Jam would make every receipt and ' +
      'idempotency key unknown.',
  },
  {
    rule: 'AwsSolutions-SQS3', on: /^(Relay|Rules|Sequence)DlqQueue/,
    why: 'These are dead-letter queues: of the stream, of the bus\'s rules and of the schedule. cdk-nag sees only those that a ' +
      'queue names.',
  },
];
