import { Command } from 'commander';
import { type CommandIo, processIo } from './command-io.ts';
import { type LintOptions, runEnvoyLint } from './envoy/run-envoy-lint.ts';
import { type RenderOptions, runRender } from './envoy/run-render.ts';

/** `sallyport envoy render | lint`. */
export function envoyCommand(io: CommandIo = processIo): Command {
  const command = new Command('envoy').description('write Envoy’s configuration, and look over one');
  command
    .command('render')
    .description('write a complete configuration of Envoy for the servers of one listener')
    .option('--config <file>', 'configuration file', 'sallyport.yaml')
    .option('--listener <name>', 'listener with door: ext_authz or ext_proc; needed where there are several')
    .option('--bind <host:port>', 'where agents connect (default: 127.0.0.1:8800)')
    .option('--tls-bind <host:port>', 'where agents connect with TLS; --bind then stays without, where it is given')
    .option('--tls-cert <file>', 'PEM file with the certificate that agents are shown; with it --bind speaks TLS')
    .option('--tls-key <file>', 'PEM file with its private key')
    .option('--client-ca <file>', 'PEM file with who may sign the client certificates, which are required then')
    .option('--envoy-cert <file>', 'PEM file with the certificate that Envoy shows to a listener with bind and tls')
    .option('--envoy-key <file>', 'PEM file with its private key')
    .option('--sallyport-ca <file>', 'PEM file with who may sign the certificate of that listener')
    .option('--sallyport-name <name>', 'name in that certificate (default: its SPIFFE id)')
    .option('--sallyport-address <host:port>', 'where Envoy reaches that listener (default: its bind)')
    .option('--admin <socket>', 'Unix socket for Envoy’s administration; without it there is none')
    .option(
      '--ca-bundle <file>',
      'PEM file with the authorities for https upstreams that name none',
      '/etc/ssl/certs/ca-certificates.crt',
    )
    .option('--out <file>', 'file to write, or - for standard output', '-')
    .action(async (options: RenderOptions) => void (process.exitCode = await runRender(options, io)));
  command
    .command('lint')
    .description('find dangerous settings; exit code 0: none, 1: one that is an error, 2: the file cannot be read')
    .argument('<file>', 'YAML or JSON configuration of Envoy')
    .option('--cluster <name>', 'only filters that ask this cluster are Sallyport’s (default: all)')
    .option('--json', 'one JSON document instead of text', false)
    .action(async (file: string, options: LintOptions) => {
      process.exitCode = await runEnvoyLint(file, options, io);
    });
  return command;
}
