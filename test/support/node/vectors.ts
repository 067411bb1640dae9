import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

/** Test vectors of other projects are not part of this one: they have their own licences and are large. */
const folder =
  process.env.CERTBOUND_VECTORS ?? join(import.meta.dirname, '../../../../shared/vectors')

/** The path of a file or folder of vectors, whether or not it exists. */
export const vectorsPath = (name: string): string => join(folder, name)

/**
 * Declares tests that need a file or folder of vectors. Without it they are skipped, or fail with
 * CERTBOUND_VECTORS_REQUIRED=1.
 */
export function describeVectors(name: string, tests: (path: string) => void): void {
  const path = vectorsPath(name)
  if (existsSync(path)) {
    describe(name, () => tests(path))
  } else if (process.env.CERTBOUND_VECTORS_REQUIRED === '1') {
    it(name, () => expect.fail(`test vectors are required, but ${path} does not exist`))
  } else {
    it.skip(`${name}: skipped, the vectors are not at ${path} (CERTBOUND_VECTORS)`, () => {})
  }
}

/** The content of a JSON file. Its format is not checked. */
export const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

/** The content of a file of JSON lines, which may be gzipped (`.gz`). */
export function readJsonLines<T>(path: string): T[] {
  const file = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(file) : file).toString('utf8')
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]))
}

/** Octets from base64, with or without padding. */
export const octets = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'))
