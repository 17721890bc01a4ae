/** What RxDB's Dexie storage leaves of a removed database: emptied IndexedDBs, with the user's id in their names. */
export const deleteIndexedDbs = async (name: string): Promise<void> => {
  const factory = (globalThis as { indexedDB?: IDBFactory }).indexedDB
  // Firefox has `databases` since 126; before, the emptied ones stay.
  if (typeof factory?.databases !== 'function') return
  const prefix = `rxdb-dexie-${name}--`
  const found = (await factory.databases()).flatMap((one) => one.name ?? [])
  await Promise.all(found.filter((one) => one.startsWith(prefix)).map((one) => deleteOne(factory, one)))
}

const deleteOne = async (factory: IDBFactory, name: string): Promise<void> => {
  await new Promise<void>((resolve) => {
    const request = factory.deleteDatabase(name)
    // Blocked: it goes when the tab that has it open does.
    request.onsuccess = request.onerror = request.onblocked = () => resolve()
  })
}
