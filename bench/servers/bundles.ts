import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { WorkerStart } from './workerd.ts'

/** The deployed Worker. */
export { workerBundle } from '../../src/local-edge/worker/bundle.ts'

/** Another Worker of the bench, with its stores in memory. */
export async function bundleOf(
  name: 'floor' | 'reading-floor' | 'stores-only',
): Promise<WorkerStart> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker'],
    write: false,
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`${name}: esbuild wrote no file`)
  return { modules: { 'worker.js': file.text }, dataDir: null }
}

/** The size as `npm run build` computes it. */
export const gzipKib = (code: string): number => gzipSync(code).length / 1024
