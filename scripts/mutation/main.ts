import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type MutatedFolder, mutatedFolders } from './folders.ts'
import { type FolderScore, type MutationReport, scoreOf, survivors } from './report.ts'

/**
 * `npm run mutation`: changes the code in small ways, one at a time, and runs the unit tests that
 * reach the change. A change that no test notices is a survivor.
 */
const usage = `Usage: npm run mutation -- [options]

  --sample N      judge about N mutants of all folders, chosen by the seed
  --seed TEXT     another choice (default: certbound)
  --folder NAME   only this folder of src/ (repeatable)
  --minimum P     exit with 1 if the score of all is below P percent

Without --sample all mutants are judged, which takes some two hours on two cores. Reports and lists of
survivors are written to .mutation/. A complete run does not repeat a folder whose report exists.`

const root = fileURLToPath(new URL('../..', import.meta.url))
const reports = join(root, '.mutation')
const here = join(root, 'scripts', 'mutation')

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: 'certbound' },
    folder: { type: 'string', multiple: true },
    minimum: { type: 'string', default: '0' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const folders = mutatedFolders.filter(({ name }) => values.folder?.includes(name) ?? true)

if (!existsSync(join(here, 'node_modules', '@stryker-mutator', 'core'))) {
  run('npm', ['ci', '--prefix', here], {})
}
mkdirSync(reports, { recursive: true })
summarize(folders.map((folder) => [folder, reportOf(folder)]))

function reportOf(folder: MutatedFolder): MutationReport {
  const isSample = values.sample !== undefined
  const file = join(reports, `${folder.name}${isSample ? '.sample' : ''}.json`)
  if (isSample) rmSync(file, { force: true })
  if (!existsSync(file)) stryker(folder, file)
  return JSON.parse(readFileSync(file, 'utf8')) as MutationReport
}

function stryker({ name, tests, share }: MutatedFolder, report: string): void {
  const config = join(reports, 'stryker.json')
  const options = {
    mutate: [`src/${name}/**/*.ts`, '!src/**/*.test.ts'],
    ignorePatterns: ['.mutation', 'bench', 'dist'],
    tempDirName: '.mutation/sandbox',
    plugins: ['@stryker-mutator/vitest-runner', join(here, 'sample-checker.ts')],
    testRunner: 'vitest',
    vitest: { configFile: 'scripts/mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    // A change of a constant at module level takes a run of all tests.
    ignoreStatic: true,
    checkers: values.sample === undefined ? [] : ['sample'],
    concurrency: 2,
    // No such file: Stryker must not rewrite the project's own for the sandbox.
    tsconfigFile: 'none.json',
    reporters: ['progress-append-only', 'json'],
    jsonReporter: { fileName: report },
    allowConsoleColors: false,
  }
  writeFileSync(config, JSON.stringify(options, null, 2))
  const program = join(here, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
  run(process.execPath, [program, 'run', config], {
    MUTATION_TESTS: tests.join('\n'),
    MUTATION_SAMPLE: String(Math.ceil(Number(values.sample ?? 0) * share)),
    MUTATION_SEED: values.seed,
  })
}

function run(
  program: string,
  parameters: readonly string[],
  variables: Readonly<Record<string, string>>,
): void {
  const env = { ...process.env, ...variables }
  const { status } = spawnSync(program, parameters, { cwd: root, stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}

function summarize(all: readonly (readonly [MutatedFolder, MutationReport])[]): void {
  const rows = all.map(([{ name }, report]) => {
    const lines = survivors(report)
    writeFileSync(join(reports, `${name}.survivors.txt`), lines.map((line) => `${line}\n`).join(''))
    for (const line of lines) console.log(line)
    return scoreOf(name, report)
  })
  const total = rows.reduce(add, { folder: 'all', detected: 0, undetected: 0 })
  console.log('\nfolder            mutants  survived  score')
  for (const row of [...rows, total]) {
    const mutants = String(row.detected + row.undetected).padStart(9)
    const survived = String(row.undetected).padStart(10)
    console.log(
      `${row.folder.padEnd(16)}${mutants}${survived}${percent(row).toFixed(1).padStart(7)} %`,
    )
  }
  const isEnough = percent(total) >= Number(values.minimum)
  // A run without tested mutants has no score and must not pass.
  if (!isEnough) {
    console.error(`The score is below ${values.minimum} %. The survivors are listed above.`)
    process.exit(1)
  }
}

function add(a: FolderScore, b: FolderScore): FolderScore {
  return {
    folder: a.folder,
    detected: a.detected + b.detected,
    undetected: a.undetected + b.undetected,
  }
}

function percent({ detected, undetected }: FolderScore): number {
  return (100 * detected) / (detected + undetected)
}
