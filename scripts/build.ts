import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** `npm run build`: builds the bundle as it is deployed and prints its size. */
const limitKiB = 120

const root = fileURLToPath(new URL('..', import.meta.url))
const outdir = join(root, 'dist', 'worker')
const wrangler = join(root, 'node_modules', '.bin', 'wrangler')
const built = spawnSync(wrangler, ['deploy', '--dry-run', '--outdir', outdir], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
})
if (built.status !== 0) process.exit(built.status ?? 1)

const octets = readdirSync(outdir)
  .filter((name) => name.endsWith('.js'))
  .map((name) => readFileSync(join(outdir, name)))
const kib = gzipSync(Buffer.concat(octets)).length / 1024
console.log(`bundle: ${kib.toFixed(1)} KiB gzip, ${limitKiB} KiB allowed`)
if (kib > limitKiB) {
  console.error(
    `the bundle is ${(kib - limitKiB).toFixed(1)} KiB too large: see what came in with ` +
      '"npx wrangler deploy --dry-run --metafile"',
  )
  process.exit(1)
}
