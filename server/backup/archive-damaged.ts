/** The file is no whole backup; the message says how, for the person at the keyboard. */
export class ArchiveDamaged extends Error {
  override readonly name = 'ArchiveDamaged'
}
