const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const form = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4}) GMT$/

/**
 * Reads a date as OpenSSL prints it and the edge hands it on: `Dec 22 19:39:00 2018 GMT`.
 * @returns seconds since the epoch, or null where the text is no such date
 */
export function readOpensslTime(text: string): number | null {
  const match = form.exec(text)
  const month = months.indexOf(match?.[1] ?? '')
  if (match === null || month < 0) return null
  const [day = 0, hour = 0, minute = 0, second = 0, year = 0] = match.slice(2).map(Number)
  const time = new Date(Date.UTC(year, month, day, hour, minute, second))
  // Date.UTC rolls 30 February over into March, and 0 to 99 into the last century.
  const same =
    time.getUTCFullYear() === year &&
    time.getUTCMonth() === month &&
    time.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  return same ? time.getTime() / 1000 : null
}
