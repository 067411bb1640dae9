import { spawnSync } from 'node:child_process'
import { it } from 'vitest'

/** Go as Debian packages it: libraries in one GOPATH, no modules, nothing fetched. */
export const goSurroundings = {
  GO111MODULE: 'off',
  GOPATH: '/usr/share/gocode',
} as const

const required = process.env.CERTBOUND_DEBIAN_REQUIRED === '1'

/**
 * A test of a program that Debian packages. Where a probe of it fails the test says so and is
 * skipped; CERTBOUND_DEBIAN_REQUIRED=1 makes that a failure.
 * @param probe arguments with which the program must succeed
 */
export function itWithProgram(
  command: string,
  probe: readonly string[],
  name: string,
  test: () => Promise<void>,
): void {
  const env = { ...process.env, ...goSurroundings, GOCACHE: '/tmp/certbound-go-probe' }
  const there = spawnSync(command, [...probe], { env, stdio: 'ignore' }).status === 0
  if (there) it(name, test)
  else if (required) it(name, () => Promise.reject(new Error(`${command} is not installed`)))
  else it.skip(`${name} (not installed here)`, test)
}
