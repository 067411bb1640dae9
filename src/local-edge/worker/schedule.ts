/** The cron trigger of the local edge. */
export type Schedule = {
  /** Runs the handler now, after the current run if there is one. Rejects if the run fails. */
  readonly runNow: () => Promise<void>
  /** Waits for the current run. No run starts after it. */
  readonly stop: () => Promise<void>
}

/** In milliseconds. On the platform the interval is a minute, too long to wait for here. */
const interval = 5_000

/**
 * Runs the Worker's scheduled handler every few seconds, one run at a time.
 * @param onLog gets the first of several consecutive failures
 */
export function startSchedule(run: () => Promise<void>, onLog: (line: string) => void): Schedule {
  let last: Promise<void> = Promise.resolve()
  let failing = false
  const runNow = (): Promise<void> => {
    last = last.catch(() => {}).then(run)
    return last
  }
  const timer = setInterval(() => {
    runNow().then(
      () => {
        failing = false
      },
      (error: unknown) => {
        if (!failing) onLog(`local edge: the scheduled handler failed: ${error}`)
        failing = true
      },
    )
  }, interval)
  return {
    runNow,
    stop: async () => {
      clearInterval(timer)
      await last.catch(() => {})
    },
  }
}
