/** What a speaker without an owner writes for who looks at its console; the panel opens with the code filled in. */
export const claimInvitation = (code: string, cloudUrl: string): string =>
  `This speaker has no owner. Its code is ${code.slice(0, 3)} ${code.slice(3)}: type it in the panel, or open ${new URL(`/claim/${code}`, cloudUrl)}`
