import type { Page } from 'playwright-core'

/**
 * Text, because it runs in the page: what a person sees or has read out, but for what is marked as English or as code. Words inside of
 * form fields belong to whoever typed them.
 */
const collect = `(() => {
  const skipped = 'code, .secret, [lang="en"], script, style, .uplot'
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(skipped)
  const found = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement && isSeen(node.parentElement)) found.add(node.textContent)
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
    if (!isSeen(element)) continue
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
      if (element.hasAttribute(name)) found.add(element.getAttribute(name))
    }
  }
  return [document.title, ...found]
})()`

const word = /[A-Za-z]{3,}/

/** Whatever still has a word of Latin letters once all that matches `expected` is taken out. */
export const englishIn = async (page: Page, expected: RegExp): Promise<readonly string[]> => {
  // The script above gives an array of strings.
  const texts = (await page.evaluate(collect)) as readonly string[]
  return texts.filter((text) => word.test(text.replaceAll(expected, ' ')))
}
