/**
 * Listening to abort signals. One signal often serves many calls at once; it gets one listener from here
 * however many there are, so that Node has no reason to warn of a leak.
 */

interface Listening {
  callbacks: Set<() => void>
  listener: () => void
}

const listening = new WeakMap<AbortSignal, Listening>()

function listenTo(signal: AbortSignal): Listening {
  const callbacks = new Set<() => void>()
  const listener = (): void => {
    listening.delete(signal)
    for (const callback of callbacks) callback()
  }
  signal.addEventListener('abort', listener, { once: true })
  const entry = { callbacks, listener }
  listening.set(signal, entry)
  return entry
}

/** Calls back once when the signal is aborted. Returns how to stop listening. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, listener } = listening.get(signal) ?? listenTo(signal)
  callbacks.add(callback)
  return () => {
    callbacks.delete(callback)
    if (callbacks.size > 0) return
    signal.removeEventListener('abort', listener)
    listening.delete(signal)
  }
}
