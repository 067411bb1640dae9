import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

/** Test vectors made by others lie outside of the project: licences, sizes, and it is theirs. */
const folder =
  process.env.CERTBOUND_VECTORS ?? join(import.meta.dirname, '../../../../shared/vectors')

/** Where a file or folder of vectors would be. */
export const vectorsPath = (name: string): string => join(folder, name)

/**
 * Declares tests that need a file or folder of vectors. Where it is absent they say so and are
 * skipped; with CERTBOUND_VECTORS_REQUIRED=1 absence is a failure.
 */
export function describeVectors(name: string, tests: (path: string) => void): void {
  const path = vectorsPath(name)
  if (existsSync(path)) {
    describe(name, () => tests(path))
  } else if (process.env.CERTBOUND_VECTORS_REQUIRED === '1') {
    it(name, () => expect.fail(`test vectors are required, and ${path} is not there`))
  } else {
    it.skip(`${name}: skipped, the vectors are not at ${path} (CERTBOUND_VECTORS)`, () => {})
  }
}

/** A JSON file. The caller says what is in it: vectors are trusted to keep their format. */
export const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

/** A file of JSON lines, gzipped if it is called so. */
export function readJsonLines<T>(path: string): T[] {
  const file = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(file) : file).toString('utf8')
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]))
}

/** Octets from base64, whatever its padding. */
export const octets = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'))
