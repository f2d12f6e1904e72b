/**
 * Does `work` for 0 .. count - 1, beginning in this order, with at most `limit` of them under way at a time.
 * @throws what a piece of work throws; no other begins then.
 */
export async function atOnce(
  count: number,
  limit: number,
  work: (i: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const one = async () => {
    while (next < count) {
      const i = next++
      try {
        await work(i)
      } catch (cause) {
        next = count
        throw cause
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, count) }, one))
}
