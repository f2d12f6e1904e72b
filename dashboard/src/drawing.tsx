import { useEffect, useRef } from 'preact/hooks'

interface DrawingProps {
  /** Height in CSS pixels; the width is that of the place. */
  readonly height: number
  readonly label: string
  /** Draws into a box of CSS pixels. */
  readonly draw: (context: CanvasRenderingContext2D, width: number, height: number) => void
}

/** A canvas as wide as its place, sharp on every screen, drawn again when its size or what it shows changes. */
export function Drawing({ height, label, draw }: DrawingProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const latest = useRef(draw)
  latest.current = draw
  useEffect(() => paint(canvas.current!, height, draw), [height, draw])
  useEffect(() => {
    const element = canvas.current!
    const observer = new ResizeObserver(() => paint(element, height, latest.current))
    observer.observe(element)
    return () => observer.disconnect()
  }, [height])
  return (
    <canvas ref={canvas} class="drawing" role="img" aria-label={label} style={{ height: `${height}px` }} />
  )
}

function paint(canvas: HTMLCanvasElement, height: number, draw: DrawingProps['draw']): void {
  const width = canvas.clientWidth
  const context = canvas.getContext('2d')
  if (width === 0 || !context) return
  const scale = devicePixelRatio || 1
  const size = [Math.round(width * scale), Math.round(height * scale)] as const
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width, height)
  draw(context, width, height)
}
