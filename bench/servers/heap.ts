/**
 * The JavaScript heap of a Worker in octets, after a garbage collection.
 * @param inspector the URL of workerd's inspector
 */
export async function heapOf(inspector: URL): Promise<number> {
  const socket = new WebSocket(new URL('/core:user:bench', inspector.href.replace(/^http/, 'ws')))
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = () => reject(new Error('no inspector'))
  })
  try {
    await call(socket, 'HeapProfiler.enable')
    // This collects garbage. workerd does not answer HeapProfiler.collectGarbage.
    await call(socket, 'HeapProfiler.takeHeapSnapshot')
    const usage = (await call(socket, 'Runtime.getHeapUsage')) as {
      readonly usedSize: number
      readonly backingStorageSize?: number
    }
    return usage.usedSize + (usage.backingStorageSize ?? 0)
  } finally {
    socket.close()
  }
}

let lastId = 0

/** Calls a method of the Chrome DevTools Protocol. The response has the request's id. */
function call(socket: WebSocket, method: string): Promise<unknown> {
  const id = ++lastId
  return new Promise((resolve, reject) => {
    const onMessage = ({ data }: MessageEvent): void => {
      const answer = JSON.parse(String(data))
      if (answer.id !== id) return
      socket.removeEventListener('message', onMessage)
      if (answer.error === undefined) resolve(answer.result)
      else reject(new Error(`${method}: ${answer.error.message}`))
    }
    socket.addEventListener('message', onMessage)
    socket.send(JSON.stringify({ id, method, params: {} }))
  })
}
