const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const form = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4}) GMT$/

/**
 * Reads a date in OpenSSL's text form, which Cloudflare's edge uses: `Dec 22 19:39:00 2018 GMT`.
 * @returns seconds since the epoch, or null if the text is not such a date
 */
export function readOpensslTime(text: string): number | null {
  const match = form.exec(text)
  const month = months.indexOf(match?.[1] ?? '')
  if (match === null || month < 0) return null
  const [day = 0, hour = 0, minute = 0, second = 0, year = 0] = match.slice(2).map(Number)
  const time = new Date(Date.UTC(year, month, day, hour, minute, second))
  // Date.UTC accepts 30 February as 1 March, and maps the years 0 to 99 to 1900 to 1999.
  const isSame =
    time.getUTCFullYear() === year &&
    time.getUTCMonth() === month &&
    time.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  return isSame ? time.getTime() / 1000 : null
}
