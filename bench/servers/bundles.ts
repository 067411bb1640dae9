import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** The Worker as it is deployed. */
export { workerBundle } from '../../src/local-edge/worker/bundle.ts'

/** Another Worker of the bench as one ES module. */
export async function bundleOf(name: 'floor' | 'stores-only'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    ...{ bundle: true, format: 'esm', target: 'es2024', conditions: ['workerd', 'worker'] },
    write: false,
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`${name}: esbuild made nothing`)
  return file.text
}

/** As `npm run build` counts it. */
export const gzipKib = (code: string): number => gzipSync(code).length / 1024
