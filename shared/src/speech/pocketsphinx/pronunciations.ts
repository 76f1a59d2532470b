/**
 * Words that a speaker's household says and the CMU dictionary lacks, in its phones. A word's second way to be said is
 * `word(2)`, as in the dictionary.
 */
export const englishPronunciations: Readonly<Record<string, string>> = {
  mynah: 'M AY N AH',
  alexa: 'AH L EH K S AH',
  mycroft: 'M AY K R AO F T',
  rhasspy: 'R AE S P IY',
  celsius: 'S EH L S IY AH S',
  kilometre: 'K AH L AA M AH T ER',
  kilometres: 'K AH L AA M AH T ER Z',
  metre: 'M IY T ER',
  metres: 'M IY T ER Z',
  litre: 'L IY T ER',
  litres: 'L IY T ER Z',
  centimetre: 'S EH N T AH M IY T ER',
  centimetres: 'S EH N T AH M IY T ER Z',
  millimetre: 'M IH L AH M IY T ER',
  millimetres: 'M IH L AH M IY T ER Z',
  millilitre: 'M IH L AH L IY T ER',
  millilitres: 'M IH L AH L IY T ER Z',
  unmute: 'AH N M Y UW T',
  snooze: 'S N UW Z',
  jarvis: 'JH AA R V IH S',
  okay: 'OW K EY',
}
