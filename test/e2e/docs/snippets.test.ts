import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { projectRoot } from '../../../src/local-stores/project-root.ts'
import { type CodeBlock, codeBlocks, notRun } from '../../support/node/code-blocks.ts'
import { type LocalEdge, startLocalEdge } from '../../support/node/local-edge.ts'

/**
 * Every code block of the README and the docs is run, compiled or parsed, as its language says.
 * Blocks that no test can run say why: ```sh not-run: needs a Cloudflare account
 */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  // The reference is generated: src/cli/run.test.ts parses each of its examples.
  ...readdirSync(join(projectRoot, 'docs'))
    .filter((file) => file !== 'reference.md')
    .map((file) => `docs/${file}`),
  ...readdirSync(join(projectRoot, 'examples')).map((name) => `examples/${name}/README.md`),
].filter((file) => file.endsWith('.md'))
const blocks = pages.flatMap((page) => codeBlocks(page, projectRoot))
const run = blocks.filter((block) => notRun(block) === null)
const of = (...languages: string[]) => run.filter(({ language }) => languages.includes(language))

/** Of `text` blocks: output of a program, or a drawing. */
const languages = ['sh', 'ts', 'toml', 'json', 'nginx', 'apache', 'text']

/** A block that uses one of these is skipped where it is not installed, except in CI. */
const programs = ['curl', 'openssl', 'nginx']
const required = process.env.CERTBOUND_DEBIAN_REQUIRED === '1'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'certbound-snippets-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the code blocks', () => {
  it('say what they are', () => {
    const unknown = run.filter(({ language }) => !languages.includes(language))
    expect(unknown.map(({ at, language }) => `${at} ${language}`)).toEqual([])
  })

  it('are fenced', () => {
    const notes = blocks.filter((block) => block.note !== '' && notRun(block) === null)
    const known = notes.filter(({ note }) => /^(exits \d+|continues|part of \w+)$/.test(note))
    expect(notes.filter((block) => !known.includes(block)).map(({ at }) => at)).toEqual([])
  })

  it('that no test runs are these', () => {
    const left = blocks.filter((block) => notRun(block) !== null)
    console.log(left.map((block) => `not run: ${block.at}: ${notRun(block)}`).join('\n'))
    expect(left.length).toBeLessThan(blocks.length / 2)
  })
})

describe('shell commands', () => {
  let edge: LocalEdge
  let environment: NodeJS.ProcessEnv

  beforeAll(async () => {
    const project = join(folder, 'project')
    layOutCheckout(project)
    edge = await startLocalEdge({ dataDir: join(project, '.certbound') })
    environment = { ...process.env, PATH: `${commandsFor(folder, project)}:${process.env.PATH}` }
  }, 120_000)
  afterAll(async () => {
    await edge?.stop()
  })

  // In the order of the pages: later commands build on earlier ones.
  it('start from a local edge that serves', () => {
    expect(edge.issuer).toMatch(/^https:\/\/localhost:\d+$/)
  })
  for (const block of of('sh')) {
    const missing = programs.filter((name) => block.code.includes(name) && !isInstalled(name))
    const test = missing.length === 0 || required ? it : it.skip
    const note = missing.length === 0 ? '' : ` (not installed: ${missing.join(', ')})`
    test(`${block.at}${note}`, { timeout: 120_000 }, async () => {
      const script = block.code
        .replaceAll('https://localhost:8443', edge.issuer)
        .replaceAll('https://localhost:8444', edge.mtlsOrigin)
      const cwd = join(folder, 'project')
      const { status, output } = await shell(script, cwd, environment)
      expect([status, output]).toEqual([statusOf(block), output])
    })
  }
})

describe('TypeScript', () => {
  it('compiles in the project of a user', { timeout: 120_000 }, () => {
    const project = join(folder, 'user')
    layOutUserProject(project)
    let previous = ''
    for (const block of of('ts')) {
      previous = block.note === 'continues' ? `${previous}\n${block.code}` : block.code
      const platform = previous.includes('cloudflare:workers') ? 'workers' : 'node'
      const name = `${block.at.replaceAll(/[/.:]/g, '-')}.ts`
      // Each block is a module, with or without imports.
      writeFileSync(join(project, platform, name), `${previous}\nexport {}\n`)
    }
    const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc')
    const found = ['node', 'workers'].map((platform) => {
      const compiled = spawnSync(process.execPath, [tsc, '-p', platform], {
        cwd: project,
        encoding: 'utf8',
      })
      return compiled.stdout
    })
    expect(found).toEqual(['', ''])
  })
})

describe('configuration', () => {
  it.each(of('toml').map((block) => [block.at, block] as const))(
    '%s is read by wrangler',
    (_, block) => {
      const file = join(folder, 'wrangler.toml')
      const whole = /^name = /m.test(block.code)
      writeFileSync(
        file,
        whole ? block.code : `name = "certbound"\n${tableOf(block)}${block.code}\n`,
      )
      expect(() => unstable_readConfig({ config: file }, { hideWarnings: true })).not.toThrow()
    },
  )

  it.each(of('json').map((block) => [block.at, block] as const))('%s is JSON', (_, block) => {
    expect(() => JSON.parse(block.code)).not.toThrow()
  })

  for (const block of of('nginx')) {
    const test = isInstalled('nginx') || required ? it : it.skip
    test(`${block.at} is accepted by nginx`, () => {
      const file = join(folder, 'nginx.conf')
      const inServer = `server { listen 127.0.0.1:9; ${block.code}\n}`
      const http = block.note === 'part of server' ? inServer : block.code
      writeFileSync(file, `pid ${folder}/nginx.pid;\nevents {}\nhttp {\n${http}\n}\n`)
      const checked = spawnSync('nginx', ['-t', '-q', '-e', 'stderr', '-c', file], {
        encoding: 'utf8',
      })
      expect([checked.status, checked.stderr]).toEqual([0, ''])
    })
  }
})

/** Settings without a table of their own are variables of the Worker. */
function tableOf({ code }: CodeBlock): string {
  return /^[A-Z_]+ = /.test(code) ? '[vars]\n' : ''
}

function statusOf({ note }: CodeBlock): number {
  return Number(/^exits (\d+)$/.exec(note)?.[1] ?? 0)
}

function isInstalled(program: string): boolean {
  return (
    spawnSync(program, [program === 'nginx' ? '-v' : '--version'], { stdio: 'ignore' }).error ===
    undefined
  )
}

function shell(
  script: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', script], { cwd, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        output += text.toString()
      })
    }
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output }))
    child.stdin.end()
  })
}

/** What a checkout has, without its data. Commands may write there. */
function layOutCheckout(project: string): void {
  mkdirSync(project)
  symlinkSync(join(projectRoot, 'node_modules'), join(project, 'node_modules'))
  // Copies: the programs find the data folder and wrangler.toml beside their own sources.
  for (const name of ['bin', 'src', 'migrations', 'package.json', 'wrangler.toml', 'schema.sql']) {
    cpSync(join(projectRoot, name), join(project, name), { recursive: true })
  }
}

/** `npx certbound`, without asking a registry. */
function commandsFor(parent: string, project: string): string {
  const commands = join(parent, 'commands')
  mkdirSync(commands)
  const npx = join(commands, 'npx')
  const program = join(project, 'bin/certbound.js')
  writeFileSync(
    npx,
    `#!/bin/sh\n[ "$1" = certbound ] || { echo "npx $1 is not run here" >&2; exit 99; }\nshift\nexec "${process.execPath}" "${program}" "$@"\n`,
  )
  chmodSync(npx, 0o755)
  return commands
}

/** A project with the package installed, as declarations and JavaScript. */
function layOutUserProject(project: string): void {
  const modules = join(project, 'node_modules')
  const installed = join(modules, 'certbound')
  mkdirSync(installed, { recursive: true })
  cpSync(join(projectRoot, 'package.json'), join(installed, 'package.json'))
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc')
  const settings = [
    '-p',
    join(projectRoot, 'tsconfig.build.json'),
    '--outDir',
    join(installed, 'dist'),
  ]
  const built = spawnSync(process.execPath, [tsc, ...settings], { encoding: 'utf8' })
  expect([built.status, built.stdout]).toEqual([0, ''])
  for (const name of ['jose', 'hono', '@hono', '@types', '@cloudflare', 'undici', 'express']) {
    symlinkSync(join(projectRoot, 'node_modules', name), join(modules, name))
  }
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  const settingsFor = (types: readonly string[]) =>
    JSON.stringify({
      compilerOptions: {
        types,
        module: 'nodenext',
        target: 'es2024',
        lib: ['es2024'],
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
      },
    })
  for (const [platform, types] of [
    ['node', ['node']],
    ['workers', ['@cloudflare/workers-types']],
  ] as const) {
    mkdirSync(join(project, platform))
    writeFileSync(join(project, platform, 'tsconfig.json'), settingsFor(types))
  }
  // What the pages tell to copy.
  for (const copied of [
    'node-api/fetch-as-client.ts',
    'gateway/src/verify-caller.ts',
    'gateway/src/caller-header.ts',
  ]) {
    cpSync(join(projectRoot, 'examples', copied), join(project, 'node', basename(copied)))
  }
  // As `wrangler types` writes it from the user's wrangler.toml.
  writeFileSync(
    join(project, 'workers/worker-configuration.d.ts'),
    `declare namespace Cloudflare {
  interface Env { ISSUER: string; ORDERS_API_CERTIFICATE: Fetcher }
}
`,
  )
}
