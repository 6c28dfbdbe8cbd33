/**
 * The errors of Headroom: one family, recognised by a marker instead of `instanceof`, so that an error made by
 * another copy of the package (the other build, another version) is recognised too.
 *
 * A throw means that the call itself makes no sense, was cancelled, or that the addon is missing. What goes
 * wrong while compressing is never thrown; it is a warning in the result.
 */

/** Why a call makes no sense. */
export type ValidationCode = 'invalid_options' | 'invalid_format' | 'invalid_json' | 'invalid_plan' | 'invalid_ref' | 'invalid_selection'

/** Why a store cannot be used. */
export type StoreCode = 'store' | 'closed'

/** Stable reasons; the wording of messages may change, codes may not. */
export type HeadroomErrorCode =
  | ValidationCode
  | StoreCode
  | 'not_decodable'
  | 'model'
  | 'aborted'
  | 'addon_not_loaded'
  | 'start_refused'
  | 'internal'

/** What an error is made of. */
export interface HeadroomErrorFields<C extends HeadroomErrorCode = HeadroomErrorCode> {
  /** Which kind of failure this is. */
  code: C
  /** One line: what could not be done. */
  title: string
  /** Where and why: a sentence, or the error underneath. */
  cause?: unknown
  /** What to do about it. */
  hint?: string | undefined
}

const FAMILY: unique symbol = Symbol.for('headroom.error')

/** The name under which a class of the family marks its errors. */
const markerOf = (name: string): symbol => Symbol.for(`headroom.error.${name}`)

function isMarked(error: unknown, marker: symbol): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, marker) === true
}

function messageOf({ title, cause, hint }: HeadroomErrorFields): string {
  const lines = [title]
  if (cause !== undefined && cause !== null) lines.push(`  cause: ${cause instanceof Error ? cause.message : String(cause)}`)
  if (hint) lines.push(`  hint: ${hint}`)
  return lines.join('\n')
}

/** Base of every error Headroom throws. `message` holds title, cause and hint, one a line. */
export class HeadroomError<C extends HeadroomErrorCode = HeadroomErrorCode> extends Error {
  /** Stable, machine-readable reason. */
  readonly code: C
  /** One line: what could not be done. */
  readonly title: string
  /** What to do about it, if there is something. */
  readonly hint: string | undefined

  constructor(fields: HeadroomErrorFields<C>) {
    super(messageOf(fields), fields.cause === undefined ? undefined : { cause: fields.cause })
    this.name = 'HeadroomError'
    this.code = fields.code
    this.title = fields.title
    this.hint = fields.hint
    this.mark(FAMILY)
  }

  /** True for every error of the family, whichever copy of the package made it. */
  static isInstance(error: unknown): error is HeadroomError {
    return isMarked(error, FAMILY)
  }

  /** Makes an instance recognisable; not enumerable, so that printing an error stays readable. */
  protected mark(marker: symbol): void {
    Object.defineProperty(this, marker, { value: true })
  }
}

/** The call makes no sense: options, messages, a ref, a selection or a plan are not what they must be. */
export class HeadroomValidationError extends HeadroomError<ValidationCode> {
  constructor(fields: HeadroomErrorFields<ValidationCode>) {
    super(fields)
    this.name = 'HeadroomValidationError'
    this.mark(markerOf('validation'))
  }

  static override isInstance(error: unknown): error is HeadroomValidationError {
    return isMarked(error, markerOf('validation'))
  }
}

/** The store of originals failed, or was closed. */
export class HeadroomStoreError extends HeadroomError<StoreCode> {
  constructor(fields: HeadroomErrorFields<StoreCode>) {
    super(fields)
    this.name = 'HeadroomStoreError'
    this.mark(markerOf('store'))
  }

  static override isInstance(error: unknown): error is HeadroomStoreError {
    return isMarked(error, markerOf('store'))
  }
}

/** A text is not one of ours, or parts were left out of it, so it cannot be decoded back. */
export class HeadroomDecodeError extends HeadroomError<'not_decodable'> {
  constructor(fields: HeadroomErrorFields<'not_decodable'>) {
    super(fields)
    this.name = 'HeadroomDecodeError'
    this.mark(markerOf('decode'))
  }

  static override isInstance(error: unknown): error is HeadroomDecodeError {
    return isMarked(error, markerOf('decode'))
  }
}

/** The caller's signal was aborted. `name` is `AbortError` as everywhere; `cause` is the signal's reason. */
export class HeadroomAbortError extends HeadroomError<'aborted'> {
  constructor(reason?: unknown) {
    super({ code: 'aborted', title: 'the call was aborted', cause: reason })
    this.name = 'AbortError'
    this.mark(markerOf('abort'))
  }

  static override isInstance(error: unknown): error is HeadroomAbortError {
    return isMarked(error, markerOf('abort'))
  }
}

/** The native addon could not be loaded on this machine. */
export class HeadroomLoadError extends HeadroomError<'addon_not_loaded'> {
  constructor(fields: HeadroomErrorFields<'addon_not_loaded'>) {
    super(fields)
    this.name = 'HeadroomLoadError'
    this.mark(markerOf('load'))
  }

  static override isInstance(error: unknown): error is HeadroomLoadError {
    return isMarked(error, markerOf('load'))
  }
}

/** The parts of any error, told apart by their code. */
export type AnyErrorFields = { [C in HeadroomErrorCode]: HeadroomErrorFields<C> }[HeadroomErrorCode]

/** The class of the family that stands for a code. */
export function errorFor(fields: AnyErrorFields): HeadroomError {
  switch (fields.code) {
    case 'invalid_options':
    case 'invalid_format':
    case 'invalid_json':
    case 'invalid_plan':
    case 'invalid_ref':
    case 'invalid_selection':
      return new HeadroomValidationError(fields)
    case 'store':
    case 'closed':
      return new HeadroomStoreError(fields)
    case 'not_decodable':
      return new HeadroomDecodeError(fields)
    case 'aborted':
      return new HeadroomAbortError(fields.cause)
    case 'addon_not_loaded':
      return new HeadroomLoadError(fields)
    default:
      return new HeadroomError(fields)
  }
}
