import { useMemo } from 'preact/hooks'
import { encode } from 'uqr'

/** Light squares around the code, without which scanners do not find it (ISO/IEC 18004 section 6.3.8). */
const quietZone = 4

/** A QR code as one SVG path; `label` is what a screen reader says instead. */
export const QrCode = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const { size, path } = useMemo(() => {
    const code = encode(text, { border: quietZone, ecc: 'M' })
    const squares = code.data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    return { size: code.size, path: squares.join('') }
  }, [text])
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} fill="#0d1614" />
    </svg>
  )
}
