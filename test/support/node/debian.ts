import { spawnSync } from 'node:child_process'
import { it } from 'vitest'

/** The environment for Go as Debian packages it: libraries in one GOPATH, no modules, no downloads. */
export const goEnvironment = {
  GO111MODULE: 'off',
  GOPATH: '/usr/share/gocode',
} as const

const required = process.env.CERTBOUND_DEBIAN_REQUIRED === '1'

/**
 * A test that needs a program from a Debian package. If the program is not installed the test is
 * skipped, or fails with CERTBOUND_DEBIAN_REQUIRED=1.
 * @param probe arguments with which the program exits with status 0
 */
export function itWithProgram(
  command: string,
  probe: readonly string[],
  name: string,
  test: () => Promise<void>,
): void {
  const env = { ...process.env, ...goEnvironment, GOCACHE: '/tmp/certbound-go-probe' }
  const installed = spawnSync(command, [...probe], { env, stdio: 'ignore' }).status === 0
  if (installed) it(name, test)
  else if (required) it(name, () => Promise.reject(new Error(`${command} is not installed`)))
  else it.skip(`${name} (not installed here)`, test)
}
