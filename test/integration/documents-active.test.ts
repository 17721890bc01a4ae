/** Files that run, or fetch something, where they are opened; also where a group takes SVG. */
import { expect } from 'chai'
import { docx, docxType } from '../support/archives.ts'
import type { SentFile } from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'

const svgType = 'image/svg+xml'
const names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
const svg = (inside: string, attributes = ''): string => `<svg ${names} ${attributes}>${inside}</svg>`
const file = (bytes: string, type: string): SentFile => ({ bytes: Buffer.from(bytes), type, name: 'x' })

describe('Active content', () => {
  let practice: DocumentPractice
  before(async () => {
    practice = await openDocumentPractice({ fileLimit: 3_000_000 })
  })
  after(() => practice[Symbol.asyncDispose]())

  const refused = async (sent: SentFile): Promise<void> =>
    practice.refusedOnBothRoads(sent, 422, 'ACTIVE_CONTENT')

  it('is refused as a picture or a page, whatever it is called', async () => {
    const pictures = [
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      '<?xml version="1.0"?>\n<!-- x -->\n<svg onload="alert(1)"></svg>',
      '<svg><a href="javascript:alert(1)"/></svg>',
      '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
      '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script/></s:svg>',
      '\ufeff <svg><foreignObject><iframe src="x"/></foreignObject></svg>',
    ]
    for (const picture of pictures)
      for (const type of [svgType, 'application/xml', 'text/plain', 'application/octet-stream'])
        await refused(file(picture, type))
    const utf16 = Buffer.from(`\ufeff${String(pictures[0])}`, 'utf16le')
    await refused({ bytes: utf16, type: 'text/plain', name: 'x' })
    const pages = [
      '<!doctype html><p>hello',
      '<h1>a</h1><script>alert(1)</script>',
      '<video src=x onerror=a()>',
    ]
    for (const page of pages) await refused(file(page, 'text/plain'))
    await refused(file('<html><script>alert(1)</script>', 'text/html'))
  })

  it('is not a note or a laboratory’s XML', async () => {
    expect(await practice.taken(file('a < b, and <3', 'text/plain'))).to.equal('text/plain')
    const results = [
      '<?xml version="1.0"?><lab><k>1</k></lab>',
      '<?xml version="1.0"?><lab online="1" xmlns="http://lab.example/"><object>x</object></lab>',
      '<Observation><div xmlns="http://www.w3.org/1999/xhtml"><a href="http://lab.example/1">1</a></div></Observation>',
    ]
    for (const result of results)
      expect(await practice.taken(file(result, 'text/xml'))).to.equal('application/xml')
  })

  it('is a document with macros', () =>
    refused({
      bytes: docx([{ name: 'word/vbaProject.bin', bytes: Buffer.from('x') }]),
      type: docxType,
      name: 'letter.docx',
    }))

  describe('where a group takes SVG', () => {
    before(async () => {
      const { tokens: headers } = await practice.signIn('gita.groupadmin')
      const json = { allowedTypes: [svgType, 'application/xml'] }
      await practice.server.request('/v2/mobile/documents/settings', { method: 'PUT', json, headers })
    })

    it('is refused wherever in it, and however, it is written', async () => {
      const hidden = [
        svg(`<!--${'x'.repeat(400_000)}--><script>alert(1)</script>`),
        `<!--${'x'.repeat(400_000)}-->${svg('', 'onload="alert(1)"')}`,
        svg('<a xlink:href="&#106;avascript:alert(1)"/>'),
        svg('<a xlink:href="java&#x0A;script:alert(1)"/>'),
        svg('<a xlink:href="java\tscript:alert(1)"/>'),
        svg(`<a xlink:href="&#${'0'.repeat(300_000)}106;avascript:alert(1)"/>`),
        svg('<set attributeName="onmouseover" to="alert(1)"/>'),
        svg('<a><animate attributeName="xlink:href" values="x"/></a>'),
        '<svg/onload=alert(1)>',
        '<a-b.c:svg xmlns:a-b.c="http://www.w3.org/2000/svg"><a-b.c:script/></a-b.c:svg>',
        '<x><é:g xmlns:é="http://www.w3.org/2000/svg" onload="alert(1)"/></x>',
        `<?xml version="1.0" encoding="UTF-7"?>${svg('+ADw-script+AD4-alert(1)+ADw-/script+AD4-')}`,
      ]
      for (const picture of hidden) await refused(file(picture, svgType))
    })

    it('is refused where it reaches out', async () => {
      const outside = [
        svg('<image href="http://elsewhere.example/x.png"/>'),
        svg('<image xlink:href="//elsewhere.example/x.png"/>'),
        svg('<use href="data:image/svg+xml;base64,PHN2Zy8+#x"/>'),
        svg('<use xlink:href="other.svg#x"/>'),
        svg('<style>@import "x.css";</style>'),
        svg('<rect style="fill:url(https://elsewhere.example/#a)"/>'),
        `<!DOCTYPE svg SYSTEM "http://elsewhere.example/x.dtd">${svg('')}`,
      ]
      for (const picture of outside) await refused(file(picture, svgType))
    })

    it('is not a drawing', async () => {
      const drawings = [
        svg('<rect width="1" fill="url(#g)"/><use xlink:href="#a"/>', 'viewBox="0 0 1 1"'),
        `<?xml version="1.0" encoding="UTF-8"?>\n<!-- by Inkscape -->\n${svg('<title>a &amp; &#233;</title>')}`,
        svg('<image href="data:image/png;base64,iVBORw0KGgo="/>'),
        `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">${svg('')}`,
      ]
      for (const drawing of drawings) expect(await practice.taken(file(drawing, svgType))).to.equal(svgType)
    })
  })
})
