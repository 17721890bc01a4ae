/**
 * The head of an answer until it is written. Node keeps fields that are set one by one in an object of arrays, and looks
 * at each twice; a list that `writeHead` is given at once it writes as it is.
 */
import type { Response } from 'express'

export class Head {
  /** Name, value, name, value, … */
  readonly #fields: string[]
  #response: Response | undefined

  /** @param fields names and values in turn, as answers begin with */
  constructor(fields: readonly string[]) {
    this.#fields = fields.slice()
  }

  /** Puts a field in the place of the one of that name, spelled like it. */
  set(name: string, value: string): void {
    if (this.#response) this.#response.setHeader(name, value)
    else put(this.#fields, name, value)
  }

  /** Sets the fields on the response, for whoever writes its head by Node or Express; what is set later follows them. */
  handOver(response: Response): void {
    if (this.#response) return
    this.#response = response
    const fields = this.#fields
    for (let i = 0; i < fields.length; i += 2) response.setHeader(fields[i] ?? '', fields[i + 1] ?? '')
  }

  /** Writes the head with further fields. */
  write(response: Response, status: number, further: Readonly<Record<string, string>>): void {
    if (this.#response) return void response.writeHead(status, further)
    const fields = this.#fields
    for (const name in further) put(fields, name, further[name] ?? '')
    response.writeHead(status, fields)
  }
}

const put = (fields: string[], name: string, value: string): void => {
  for (let i = 0; i < fields.length; i += 2)
    if (fields[i] === name) {
      fields[i + 1] = value
      return
    }
  fields.push(name, value)
}
