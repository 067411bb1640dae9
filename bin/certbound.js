#!/usr/bin/env node
// Starts the operator's commands: from the sources in a checkout, from dist/ in a package.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path) => new URL(path, import.meta.url)
const fromSources = existsSync(here('../src/cli/main.ts'))
const [major, minor] = process.versions.node.split('.').map(Number)
// Types are stripped without a flag from 22.18 on, and under node_modules never.
const wanted = fromSources ? [22, 18] : [20, 19]
const newEnough = major > wanted[0] || (major === wanted[0] && minor >= wanted[1])

if (newEnough) {
  await import(fromSources ? '../src/cli/main.ts' : '../dist/cli/main.js')
} else {
  const projectNode = fileURLToPath(here('../node_modules/node/bin/node'))
  if (existsSync(projectNode) && process.env.CERTBOUND_NODE === undefined) {
    // The Node that `npm ci` installs beside us; the variable keeps this from going round.
    const child = spawnSync(
      projectNode,
      [fileURLToPath(import.meta.url), ...process.argv.slice(2)],
      {
        stdio: 'inherit',
        env: { ...process.env, CERTBOUND_NODE: projectNode },
      },
    )
    process.exitCode = child.status ?? 1
  } else {
    console.error(`certbound: needs Node ${wanted.join('.')} or newer, this is ${process.version}`)
    console.error('  in a checkout `npm ci` installs one beside it; run certbound through npx then')
    process.exitCode = 1
  }
}
