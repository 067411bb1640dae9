import { join } from 'node:path'

/** A TLS terminator that Debian packages. */
export type ProxyProgram = 'nginx' | 'apache' | 'haproxy' | 'caddy'

type Frame = {
  /** The files to write, by name, with the given configuration in them. */
  readonly files: (configuration: string, folder: string, port: number) => Record<string, string>
  readonly command: string
  readonly args: (folder: string) => readonly string[]
  /** Log files besides standard output. */
  readonly logFiles: readonly string[]
  /** Arguments that print the version. */
  readonly probe: readonly string[]
}

const apacheModules = [
  'mpm_event',
  'authz_core',
  'ssl',
  'socache_shmcb',
  'headers',
  'proxy',
  'proxy_http',
  'rewrite',
  'alias',
  'reqtimeout',
]

const frames: Readonly<Record<ProxyProgram, Frame>> = {
  nginx: {
    files: (configuration, folder) => ({
      'nginx.conf': [
        'daemon off;',
        'master_process off;',
        `pid ${folder}/nginx.pid;`,
        `error_log ${folder}/error.log info;`,
        'events { worker_connections 256; }',
        'http {',
        `access_log ${folder}/access.log;`,
        ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
          (kind) => `${kind}_temp_path ${folder}/${kind};`,
        ),
        configuration,
        '}',
        '',
      ].join('\n'),
    }),
    command: '/usr/sbin/nginx',
    args: (folder) => [
      '-p',
      folder,
      '-c',
      join(folder, 'nginx.conf'),
      '-e',
      join(folder, 'error.log'),
    ],
    logFiles: ['error.log'],
    probe: ['-v'],
  },
  apache: {
    files: (configuration, folder, port) => ({
      'site.conf': configuration,
      'httpd.conf': [
        `ServerRoot ${folder}`,
        `DefaultRuntimeDir ${folder}`,
        `PidFile ${folder}/httpd.pid`,
        ...apacheModules.map(
          (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
        ),
        'ServerName localhost',
        'StartServers 1',
        'ServerLimit 2',
        'ThreadsPerChild 16',
        'MaxRequestWorkers 32',
        'MinSpareThreads 1',
        'MaxSpareThreads 32',
        `ErrorLog ${folder}/error.log`,
        'LogLevel info',
        `Listen 127.0.0.1:${port}`,
        'Include site.conf',
        '',
      ].join('\n'),
    }),
    command: '/usr/sbin/apache2',
    args: (folder) => ['-DFOREGROUND', '-f', join(folder, 'httpd.conf')],
    logFiles: ['error.log'],
    probe: ['-v'],
  },
  haproxy: {
    files: (configuration) => ({ 'haproxy.cfg': configuration }),
    command: '/usr/sbin/haproxy',
    args: (folder) => ['-db', '-f', join(folder, 'haproxy.cfg')],
    logFiles: [],
    probe: ['-v'],
  },
  caddy: {
    files: (configuration) => ({ Caddyfile: configuration }),
    command: '/usr/bin/caddy',
    args: (folder) => ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
    logFiles: [],
    probe: ['version'],
  },
}

/** A program's files, by name: the configuration with the settings that the program also needs. */
export const framed = (
  program: ProxyProgram,
  configuration: string,
  folder: string,
  port: number,
): Readonly<Record<string, string>> => frames[program].files(configuration, folder, port)

/** The command that starts a program on a folder with its files. */
export const commandOf = (
  program: ProxyProgram,
  folder: string,
): { readonly command: string; readonly args: readonly string[] } => ({
  command: frames[program].command,
  args: frames[program].args(folder),
})

/** Its log files, by name within the folder. */
export const logFiles = (program: ProxyProgram): readonly string[] => frames[program].logFiles

/** The arguments of `itWithProgram` that find out whether the program is installed. */
export const proxyProbe = (program: ProxyProgram): readonly [string, readonly string[]] => [
  frames[program].command,
  frames[program].probe,
]
