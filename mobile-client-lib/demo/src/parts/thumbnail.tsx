/** A file's small picture: at once for what was added here, from the practice where it was made elsewhere. */
import { useEffect, useState } from 'preact/hooks'
import type { DocumentDoc } from '../../../src/index.ts'
import { useClient } from '../use.ts'

const isPicture = ({ contentType }: DocumentDoc): boolean => contentType?.startsWith('image/') ?? false

export const Thumbnail = ({ file }: { file: DocumentDoc }) => {
  const { documents } = useClient()
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (!isPicture(file)) return
    let made: string | null = null
    let left = false
    const show = async (): Promise<void> => {
      const small = await documents.thumbnail(file.id)
      if (!small || left) return
      made = URL.createObjectURL(new Blob([small.bytes], { type: small.contentType }))
      setUrl(made)
    }
    // Without a network it may not be here: the title says what it is.
    show().catch(() => undefined)
    return () => {
      left = true
      if (made) URL.revokeObjectURL(made)
    }
  }, [file.id])
  return url ? (
    <img class="thumbnail" src={url} alt="" />
  ) : (
    <span class="thumbnail" aria-hidden="true">
      {isPicture(file) ? '▣' : '▤'}
    </span>
  )
}
