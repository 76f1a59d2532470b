import {
  Activity,
  AlarmClock,
  CircleUser,
  type LucideIcon,
  Megaphone,
  MessageSquare,
  Mic,
  ScrollText,
  Sparkles,
  Speaker,
  TriangleAlert,
  Users,
} from 'lucide-preact'

export type DestinationName =
  | 'speakers'
  | 'talk'
  | 'conversations'
  | 'announce'
  | 'alarms'
  | 'people'
  | 'ai'
  | 'troubles'
  | 'audit'
  | 'system'
  | 'account'
type Destination = { readonly name: DestinationName; readonly href: string; readonly icon: LucideIcon }

/** Where the navigation leads, in its order. */
export const destinations: readonly Destination[] = [
  { name: 'speakers', href: '/', icon: Speaker },
  { name: 'talk', href: '/talk', icon: Mic },
  { name: 'conversations', href: '/conversations', icon: MessageSquare },
  { name: 'announce', href: '/announce', icon: Megaphone },
  { name: 'alarms', href: '/alarms', icon: AlarmClock },
  { name: 'people', href: '/people', icon: Users },
  { name: 'ai', href: '/ai', icon: Sparkles },
  { name: 'troubles', href: '/problems', icon: TriangleAlert },
  { name: 'audit', href: '/audit', icon: ScrollText },
  { name: 'system', href: '/system', icon: Activity },
  { name: 'account', href: '/account', icon: CircleUser },
]

/** What the thumb reaches on a phone; the rest is behind "more". */
export const onPhone: readonly DestinationName[] = ['speakers', 'talk', 'conversations', 'announce']

export const isAt = (path: string, href: string): boolean =>
  href === '/' ? path === '/' || path.startsWith('/speakers/') : path === href || path.startsWith(`${href}/`)
