import { readFile } from 'node:fs/promises'
import type { LocalEdgeOptions } from './arguments.ts'
import { demoCertificates } from './certificates/demo-certificates.ts'
import { fetchToken, type TokenAnswer } from './demo/fetch-token.ts'
import { demoPartners, registerDemoPartners } from './demo/partners.ts'
import { accessTokenOf, shellWord, terminalText, tokenReport, tryItLines } from './demo/report.ts'
import { type LocalEdge, startLocalEdge } from './start.ts'

/**
 * Runs the local edge until a signal stops it.
 * @returns the exit status
 */
export async function run(options: LocalEdgeOptions): Promise<0 | 1> {
  const startedAt = performance.now()
  const stopping = stopRequested()
  const log = (line: string): void => void process.stderr.write(`${terminalText(line)}\n`)
  // With --once standard output has only the token response.
  const print = (line: string): void => {
    const stream = options.once ? process.stderr : process.stdout
    stream.write(`${terminalText(line)}\n`)
  }
  const started = await startLocalEdge(options, log)
  if (!started.ok) {
    log(`local edge: ${started.error}`)
    return 1
  }
  const edge = started.value
  try {
    await edge.runScheduled() // Generates the signing key, so that the first request need not wait.
    printAddresses(edge, options, print)
    const answer = options.demo ? await demonstrate(edge, options, print) : null
    if (options.once) return printOnce(answer, log)
    print(`Ready in ${((performance.now() - startedAt) / 1000).toFixed(1)} s. Ctrl-C to stop.`)
    // A test that started this process with an IPC channel waits for this message.
    process.send?.({ issuer: edge.issuer, mtlsOrigin: edge.mtlsOrigin })
    await stopping
    print('Stopping.')
    return 0
  } catch (error) {
    log(`local edge: ${error instanceof Error ? error.message : error}`)
    return 1
  } finally {
    await edge.stop()
    if (process.connected) process.disconnect()
  }
}

/** Resolves at a signal to stop, or when the test that started this process has ended. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    // One Ctrl-C may arrive twice: from the terminal and from npm, which forwards it. Hence `on`.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve())
    process.once('disconnect', resolve)
  })
}

function printAddresses(
  { issuer, mtlsOrigin, files }: LocalEdge,
  { dataDir }: LocalEdgeOptions,
  print: (line: string) => void,
): void {
  print('Certbound, local edge')
  print(`  issuer       ${issuer}`)
  print(`  mutual TLS   ${mtlsOrigin}  (asks for a certificate, accepts any)`)
  print(`  server CA    ${shellWord(files.serverCa)}`)
  print(`  data         ${shellWord(dataDir)}  (D1, KV, keys, demo certificates)`)
  print('')
}

/** Registers the demo partners and gets a token for each. Returns the CA-issued partner's answer. */
async function demonstrate(
  { issuer, db, files }: LocalEdge,
  { dataDir, once }: LocalEdgeOptions,
  print: (line: string) => void,
): Promise<TokenAnswer> {
  const generated = await demoCertificates(files, Math.floor(Date.now() / 1000))
  await registerDemoPartners(db, dataDir, files, generated)
  const ca = await readFile(files.serverCa, 'utf8')
  const [caIssued, selfSigned] = demoPartners(files)
  const first = await fetchToken(issuer, caIssued, ca)
  const second = await fetchToken(issuer, selfSigned, ca)
  // Printed together, so that the Worker's log lines do not come in between.
  const tokens = [...tokenReport(caIssued, first), '', ...tokenReport(selfSigned, second), '']
  for (const line of tokens) print(line)
  if (once) return first // The local edge stops now: the commands would not work.
  for (const line of tryItLines(files, dataDir, first.endpoint)) print(line)
  return first
}

function printOnce(answer: TokenAnswer | null, log: (line: string) => void): 0 | 1 {
  if (answer === null || accessTokenOf(answer) === null) {
    log(`local edge: got no token: ${answer?.status} ${answer?.text.trim()}`)
    return 1
  }
  process.stdout.write(`${answer.text.trim()}\n`)
  return 0
}
