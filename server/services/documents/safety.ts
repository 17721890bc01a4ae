/** Headers of every answer that has bytes of a file. */

/** Whatever a file holds, a browser that opens it runs nothing of it and reaches nothing from it. */
export const safety = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-site',
}
