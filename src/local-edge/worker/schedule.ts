/** The cron trigger of a local edge. */
export type Schedule = {
  /** Runs the handler now, after a run that is under way; throws where it fails. */
  readonly runNow: () => Promise<void>
  /** No run begins after that, and none is under way. */
  readonly stop: () => Promise<void>
}

/** In milliseconds. On the platform it is a minute; nobody wants to wait that long here. */
const interval = 5_000

/**
 * Runs the Worker's scheduled handler every few seconds, one run at a time.
 * @param run one run
 * @param onLog is told of the first failure in a row
 */
export function keepScheduled(run: () => Promise<void>, onLog: (line: string) => void): Schedule {
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
      (fault: unknown) => {
        if (!failing) onLog(`local edge: the scheduled handler failed: ${fault}`)
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
