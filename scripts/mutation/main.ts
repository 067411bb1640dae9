import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type FolderScore, type MutationReport, scores, survivors } from './report.ts'

/**
 * `npm run mutation`: changes the code in small ways, one at a time, and runs the unit tests that
 * reach the change. A change that no test notices is a survivor.
 */
const usage = `Usage: npm run mutation -- [options]

  --sample N      judge N mutants of all folders in one run, chosen by the seed
  --seed TEXT     another choice (default: certbound)
  --folder NAME   only this folder of src/ (repeatable)
  --minimum P     exit with 1 if the score of all is below P percent

Without --sample all mutants of one folder after the other, some 100 minutes on two cores. Reports
and lists of survivors are written to .mutation/; a folder whose report is there is not run again.`

const root = fileURLToPath(new URL('../..', import.meta.url))
const reports = join(root, '.mutation')
const here = join(root, 'scripts', 'mutation')
const allFolders = ['authentication', 'certificate', 'oauth', 'tokens', 'x509']

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: 'certbound' },
    folder: { type: 'string', multiple: true },
    minimum: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const folders = values.folder ?? allFolders

if (!existsSync(join(here, 'node_modules', '@stryker-mutator', 'core'))) {
  run('npm', ['ci', '--prefix', here])
}
mkdirSync(reports, { recursive: true })
const found = values.sample === undefined ? folders.map(fullRun) : [sampleRun(values.sample)]
summarize(found)

function fullRun(folder: string): MutationReport {
  const file = join(reports, `${folder}.json`)
  if (!existsSync(file)) stryker([folder], file, [])
  return readReport(file)
}

function sampleRun(size: string): MutationReport {
  const file = join(reports, 'sample.json')
  rmSync(file, { force: true })
  process.env.MUTATION_SAMPLE = size
  process.env.MUTATION_SEED = values.seed
  stryker(folders, file, ['sample'])
  return readReport(file)
}

function stryker(mutated: readonly string[], report: string, checkers: readonly string[]): void {
  const config = join(reports, 'stryker.json')
  const options = {
    mutate: [...mutated.map((folder) => `src/${folder}/**/*.ts`), '!src/**/*.test.ts'],
    ignorePatterns: ['.mutation', 'bench', 'dist'],
    tempDirName: '.mutation/sandbox',
    plugins: ['@stryker-mutator/vitest-runner', join(here, 'sample-checker.ts')],
    testRunner: 'vitest',
    vitest: { configFile: 'scripts/mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    // A change of a constant at module level takes a run of all tests.
    ignoreStatic: true,
    checkers,
    concurrency: 2,
    // No such file: Stryker must not rewrite the project's own for the sandbox.
    tsconfigFile: 'none.json',
    reporters: ['progress-append-only', 'json'],
    jsonReporter: { fileName: report },
    allowConsoleColors: false,
  }
  writeFileSync(config, JSON.stringify(options, null, 2))
  const program = join(here, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
  run(process.execPath, [program, 'run', config])
}

function run(program: string, parameters: readonly string[]): void {
  const { status } = spawnSync(program, parameters, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

function readReport(file: string): MutationReport {
  return JSON.parse(readFileSync(file, 'utf8')) as MutationReport
}

function summarize(all: readonly MutationReport[]): void {
  for (const folder of folders) {
    const lines = all.flatMap((report) => survivors(report, folder))
    writeFileSync(
      join(reports, `${folder}.survivors.txt`),
      lines.map((line) => `${line}\n`).join(''),
    )
    for (const line of lines) console.log(line)
  }
  const table = folders.map((folder) => scores(all, folder))
  const total = table.reduce(add, { folder: 'all', detected: 0, undetected: 0 })
  console.log('\nfolder            mutants  survived  score')
  for (const row of [...table, total]) {
    const mutants = row.detected + row.undetected
    console.log(
      row.folder.padEnd(16) +
        String(mutants).padStart(9) +
        String(row.undetected).padStart(10) +
        `${percent(row).toFixed(1)} %`.padStart(9),
    )
  }
  const minimum = Number(values.minimum ?? 0)
  // A run that judged nothing has no score, and must not pass.
  if (!(percent(total) >= minimum)) {
    console.error(`The score is below ${minimum} %. Survivors are listed above.`)
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
