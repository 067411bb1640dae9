import { readFile } from 'node:fs/promises'
import type { LocalEdgeArguments } from './arguments.ts'
import { demoCertificates } from './certificates/demo-certificates.ts'
import { fetchToken, type TokenAnswer } from './demo/fetch-token.ts'
import { demoPartners } from './demo/partners.ts'
import { registerDemoPartners } from './demo/register.ts'
import { accessTokenOf, curlLine, shellWord, tokenReport } from './demo/report.ts'
import { type LocalEdge, startLocalEdge } from './start.ts'
import { terminalLine } from './terminal-line.ts'

/**
 * Runs the local edge until it is told to stop.
 * @returns the exit status
 */
export async function run(wanted: LocalEdgeArguments): Promise<0 | 1> {
  const began = performance.now()
  const stopping = stopRequested()
  const log = (line: string): void => void process.stderr.write(`${terminalLine(line)}\n`)
  // With --once standard output is for the token response alone.
  const say = (line: string): void => {
    const stream = wanted.once ? process.stderr : process.stdout
    stream.write(`${line}\n`)
  }
  const started = await startLocalEdge(wanted, log)
  if (!started.ok) {
    log(`local edge: ${started.error}`)
    return 1
  }
  const edge = started.value
  try {
    await edge.runScheduled() // The signing key, before anybody waits for one.
    sayWhere(edge, wanted, say)
    const token = wanted.demo ? await demonstrate(edge, wanted, say) : null
    if (wanted.once) return printOnce(token, log)
    say(`Ready in ${((performance.now() - began) / 1000).toFixed(1)} s. Ctrl-C to stop.`)
    tellParent(edge)
    await stopping
    say('Stopping.')
    return 0
  } catch (fault) {
    log(`local edge: ${fault instanceof Error ? fault.message : fault}`)
    return 1
  } finally {
    await edge.stop()
    if (process.connected) process.disconnect()
  }
}

/** Resolves when the process is asked to end, or the parent that started it for a test has gone. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    // npm hands on what the terminal has sent to all already: one Ctrl-C may come twice.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve())
    process.once('disconnect', resolve)
  })
}

/** To whoever started this as a child with a channel: a test. */
function tellParent({ issuer, mtlsOrigin }: LocalEdge): void {
  process.send?.({ issuer, mtlsOrigin })
}

function sayWhere(
  { issuer, mtlsOrigin, files }: LocalEdge,
  { dataDir }: LocalEdgeArguments,
  say: (line: string) => void,
): void {
  say('Certbound, local edge')
  say(`  issuer       ${issuer}`)
  say(`  mutual TLS   ${mtlsOrigin}  (asks for a certificate, lets any in)`)
  say(`  server CA    ${shellWord(files.serverCa)}`)
  say(`  data         ${shellWord(dataDir)}  (D1, KV, keys, demo certificates)`)
  say('')
}

/** Registers the demo partners, gets a token for each; the answer is that of the CA-issued one. */
async function demonstrate(
  edge: LocalEdge,
  { dataDir, once }: LocalEdgeArguments,
  say: (line: string) => void,
): Promise<TokenAnswer> {
  const made = await demoCertificates(edge.files, Math.floor(Date.now() / 1000))
  await registerDemoPartners(edge.db, dataDir, edge.files, made)
  const ca = await readFile(edge.files.serverCa, 'utf8')
  const [first, second] = demoPartners(edge.files)
  const answers = [
    [first, await fetchToken(edge.issuer, first, ca)],
    [second, await fetchToken(edge.issuer, second, ca)],
  ] as const
  // Together, and not between the Worker's own log lines.
  const lines = answers.flatMap(([partner, answer]) => [...tokenReport(partner, answer), ''])
  for (const line of lines) say(terminalLine(line))
  const [[, answer]] = answers
  if (!once) say(`Try it:\n  ${curlLine(edge.files, answer.endpoint)}\n`) // Else nobody will answer.
  return answer
}

function printOnce(answer: TokenAnswer | null, log: (line: string) => void): 0 | 1 {
  if (answer === null || accessTokenOf(answer) === null) {
    log(`local edge: no token was had: ${answer?.status} ${answer?.text.trim()}`)
    return 1
  }
  process.stdout.write(`${answer.text.trim()}\n`)
  return 0
}
