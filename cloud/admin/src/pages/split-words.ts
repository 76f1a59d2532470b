/** Words typed with commas between, Western or Chinese; empty ones and repeats are left out. */
export const splitWords = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,，、;；\n]/)
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  ),
]
