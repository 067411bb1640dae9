import { describe, expect, it } from 'vitest'
import { optionsTakenByNpm, readArguments } from './arguments.ts'

const read = (...args: string[]) => readArguments(args)

describe('readArguments', () => {
  it('has a default for each option', () => {
    expect(read()).toEqual({
      ok: true,
      value: {
        help: false,
        once: false,
        demo: true,
        port: 8443,
        mtlsPort: 8444,
        dataDir: expect.stringMatching(/\/\.certbound$/),
        edgeCas: [],
        issuerPath: '',
        variables: {},
        rateLimit: null,
      },
    })
  })

  it('reads every option', () => {
    const args = [
      '--port=0',
      '--mtls-port',
      '0',
      '--data-dir',
      '/d',
      '--edge-ca',
      '/a',
      '--no-demo',
    ]
    const more = [
      '--edge-ca',
      '/b',
      '--var',
      'TOKEN_TTL=1',
      '--var',
      'ISSUER=x=y',
      '--issuer-path',
      '/t',
    ]
    expect(read(...args, ...more, '--rate-limit', '5')).toMatchObject({
      ok: true,
      value: {
        demo: false,
        port: 0,
        mtlsPort: 0,
        dataDir: '/d',
        edgeCas: ['/a', '/b'],
        issuerPath: '/t',
        variables: { TOKEN_TTL: '1', ISSUER: 'x=y' },
        rateLimit: 5,
      },
    })
  })

  it.each([
    [['--prot', '1'], "Unknown option '--prot'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--port', 'http'], '--port: http is no port number'],
    [['--port', '65536'], '--port: 65536 is no port number'],
    [['--mtls-port', '-1'], '--mtls-port'],
    [['--port', '1', '--mtls-port', '1'], '--port and --mtls-port must differ'],
    [['--once', '--no-demo'], '--once needs the demo partners'],
    [['--var', 'lower=1'], '--var: want NAME=VALUE, not lower'],
    [
      ['--var', 'TOKEN_TT=5'],
      '--var: TOKEN_TT: no variable of the Worker; did you mean TOKEN_TTL?',
    ],
    [['--issuer-path', '/tenant/'], '--issuer-path'],
    [['--rate-limit', '0'], '--rate-limit'],
  ])('refuses %j', (args, message) => {
    const refused = read(...args)
    expect(refused.ok ? '' : refused.error).toContain(message)
  })
})

describe('optionsTakenByNpm', () => {
  it.each([
    [{ npm_lifecycle_event: 'start', npm_config_once: 'true' }, ['once']],
    [{ npm_lifecycle_event: 'start', npm_config_mtls_port: '1' }, ['mtls-port']],
    [{ npm_lifecycle_event: 'start' }, []],
    [{ npm_config_once: 'true' }, []],
  ])('%j', (environment, taken) => {
    expect(optionsTakenByNpm(environment)).toEqual(taken)
  })
})
