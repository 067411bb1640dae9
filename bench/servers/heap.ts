/**
 * The JavaScript heap of a Worker in octets, garbage collected first: what an isolate really keeps.
 * @param inspector where workerd's inspector is
 */
export async function heapOf(inspector: URL): Promise<number> {
  const socket = new WebSocket(new URL('/core:user:bench', inspector.href.replace(/^http/, 'ws')))
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = () => reject(new Error('no inspector'))
  })
  try {
    await call(socket, 'HeapProfiler.enable')
    // Collects garbage first; workerd leaves HeapProfiler.collectGarbage unanswered.
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

/** Chrome DevTools Protocol: a numbered question, its numbered answer, events in between. */
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
