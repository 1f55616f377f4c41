import type { Room } from '@/shared/room'
import analysis from './analysis/routes'
import boards from './boards/routes'
import journeys from './journeys/routes'
import login from './login/routes'
import messages from './messages/routes'
import overview from './overview/routes'
import people from './people/routes'
import segments from './segments/routes'
import settings from './settings/routes'
import sources from './sources/routes'
import tags from './tags/routes'

export const rooms: Room[] = [
  overview,
  people,
  segments,
  tags,
  journeys,
  messages,
  sources,
  boards,
  analysis,
  settings,
  login,
]
