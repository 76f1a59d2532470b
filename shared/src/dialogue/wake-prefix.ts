/** The wake word in front of a request, as the recogniser or a person writes it. */
const wakePrefix =
  /^[\s,，。.!！]*(?:(?:(?:hey|hi|ok|okay)[\s,]+)?(?:jarvis|alexa|mycroft|my croft|rhasspy|raspy|mynah|myna)\b|小智[，,\s]*小智|小智同学|小智|嘿?贾维斯)[\s,，。.!！:：]*/iu

/** What was asked, without the wake word; empty when that was all. */
export const withoutWakeWord = (text: string): string => {
  const rest = text.replace(wakePrefix, '')
  return rest === text ? text.trim() : rest.trim()
}
