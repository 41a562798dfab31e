/** Examples of commands by their names, as the help of each shows them: to be typed so, or with names of one's own. */
export const EXAMPLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['serve', ['sallyport serve', 'sallyport serve --config /etc/sallyport/sallyport.yaml']],
  ['dev', ['sallyport dev --upstream http://127.0.0.1:3001/mcp', 'sallyport dev -- npx some-stdio-server']],
  [
    'init',
    [
      'sallyport init --upstream http://127.0.0.1:3001/mcp --name files',
      'sallyport init --upstream https://tools.example/mcp --bearer "$TOKEN" --out /etc/sallyport',
    ],
  ],
  ['check', ['sallyport check', 'sallyport check --config next.yaml']],
  ['policy lint', ['sallyport policy lint']],
  ['policy test', ['sallyport policy test --coverage']],
  ['policy explain', ['sallyport policy explain call.json']],
  ['policy diff', ['sallyport policy diff policies policies-next']],
  ['policy replay', ['sallyport policy replay --since 7d --candidate policies-next']],
  ['policy bundle build', ['sallyport policy bundle build policies --name rules --revision 7 --out rules.bundle']],
  ['policy bundle sign', ['sallyport policy bundle sign rules.bundle --key keys/rules.private.json']],
  ['policy bundle verify', ['sallyport policy bundle verify rules.bundle --keys keys.json']],
  [
    'policy bundle pull',
    [
      'sallyport policy bundle pull https://rules.example/rules.bundle --to rules.bundle --keys keys.json',
      'sallyport policy bundle pull https://rules.example/rules.bundle --to rules.bundle --keys keys.json --every 30s',
    ],
  ],
  ['policy bundle allow-rollback', ['sallyport policy bundle allow-rollback --reason "rule 7 refuses too much"']],
  ['catalogue diff', ['sallyport catalogue diff --server files']],
  [
    'catalogue accept',
    [
      'sallyport catalogue accept read_file@3f7a0c1d9b24 --server files',
      'sallyport catalogue accept --all --server files',
    ],
  ],
  [
    'envoy render',
    [
      'sallyport envoy render --out envoy.yaml',
      'sallyport envoy render --bind 0.0.0.0:8443 --tls-cert server.pem --tls-key server.key --admin run/admin.sock --out envoy.yaml',
    ],
  ],
  ['envoy lint', ['sallyport envoy lint envoy.yaml']],
  ['breaker list', ['sallyport breaker list']],
  ['breaker force-open', ['sallyport breaker force-open files write_file --reason "the disk is being replaced"']],
  ['breaker metrics-only', ['sallyport breaker metrics-only files write_file --reason "the disk is being replaced"']],
  ['breaker disable', ['sallyport breaker disable files write_file --reason "the disk is being replaced"']],
  ['breaker reset', ['sallyport breaker reset files write_file --reason "the disk is being replaced"']],
  ['budget show', ['sallyport budget show', 'sallyport budget show read.budget']],
  ['budget grant', ['sallyport budget grant 3f7a0c1d9b24 10 --reason "asked for by the owner"']],
  ['budget reset', ['sallyport budget reset 3f7a0c1d9b24 --reason "asked for by the owner"']],
  ['store init', ['sallyport store init']],
  ['limit show', ['sallyport limit show', 'sallyport limit show read.rate --principal anonymous']],
  [
    'limit set',
    [
      'sallyport limit set read.rate --rate 1/minute --burst 1/minute --ttl 1h --reason "it calls in a loop"',
      'sallyport limit set read.rate --cost 3 --ttl 15m',
    ],
  ],
  ['limit reset', ['sallyport limit reset read.rate --reason "it was mended"']],
  [
    'stop',
    [
      'sallyport stop --agent agent:mail --reason "it sends what it reads to somebody else"',
      'sallyport stop --tool files/write_file --ttl 1h --reason "the disk is being replaced"',
      'sallyport stop --all --ttl 15m',
      'sallyport stop list',
    ],
  ],
  ['stop list', ['sallyport stop list']],
  ['stop lift', ['sallyport stop lift 5f0c9a3be21d --reason "mended"']],
  [
    'log-level',
    [
      'sallyport log-level',
      'sallyport log-level calls debug --ttl 5m --reason "an agent is refused and says it should not be"',
    ],
  ],
  ['keys generate', ['sallyport keys generate --out keys']],
  [
    'token mint',
    [
      'sallyport token mint --key keys/KID.private.json --sub user:me --aud http://127.0.0.1:8700/files --tool read_file --extra-args allow',
      `sallyport token mint --key keys/KID.private.json --sub user:me --aud http://127.0.0.1:8700/files --tool read_file --arg-constraint 'path={ c: path_under, root: /workspace }'`,
    ],
  ],
  ['token inspect', ['sallyport token inspect - < token.txt']],
  [
    'token verify',
    [
      'sallyport token verify "$TOKEN" --jwks keys/jwks.json --issuer urn:sallyport:dev --audience http://127.0.0.1:8700/files',
    ],
  ],
  ['audit index', ['sallyport audit index']],
  ['audit retention', ['sallyport audit retention --keep 90d --archive /archive/sallyport --dry-run']],
  ['audit ship-status', ['sallyport audit ship-status']],
  [
    'vault show',
    [
      'sallyport vault show 0198c2f0-0000-7000-8000-000000000001',
      'sallyport vault show 0198c2f0-0000-7000-8000-000000000001 --archive /srv/cold --json',
    ],
  ],
  ['vault verify', ['sallyport vault verify', 'sallyport vault verify --archive /srv/cold']],
  ['vault status', ['sallyport vault status']],
  ['vault key', ['sallyport vault key --out vault-2.key']],
  ['vault rewrap', ['sallyport vault rewrap']],
  ['vault shred', ['sallyport vault shred --subject alice --reason "asked for by her"']],
  [
    'replay',
    [
      'sallyport replay --mock --server files --since 1h --caller alice --listen 127.0.0.1:8710',
      'sallyport replay --mock --server files --since 1h --any-order --exit-when-done --json',
    ],
  ],
  ['usage', ['sallyport usage --since 7d --by day,agent', 'sallyport usage --since 30d --by tenant,tool --csv']],
  ['audit tail', ['sallyport audit tail', 'sallyport audit tail -f -n 100']],
  ['audit show', ['sallyport audit show 01a21058-710e-7a15-a08d-6a7c78a41614']],
  [
    'audit search',
    ['sallyport audit search --kind refusal --since 24h', 'sallyport audit search --tool write_file --caller user:me'],
  ],
  ['audit export', ['sallyport audit export --since 7d --out records.jsonl']],
  [
    'audit verify',
    [
      'sallyport audit verify',
      'sallyport audit verify --checkpoint /mnt/elsewhere',
      'sallyport audit verify --proof call.tlog-proof --key sallyport.pub',
    ],
  ],
  ['audit prove', ['sallyport audit prove 01a21058-710e-7a15-a08d-6a7c78a41614 > call.tlog-proof']],
  ['audit key', ['sallyport audit key > sallyport.pub']],
  ['trace', ['sallyport trace 01a212d2-2111-75bd-8523-6184d390fcb5 --log sallyport.log envoy.log --spans spans.jsonl']],
]);
