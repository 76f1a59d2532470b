import { type Role, roles } from '@mynah/shared/api/endpoint.ts'
import type { HomeView, InvitationView, MemberView } from '@mynah/shared/api/homes.ts'
import { Plus, UserPlus, Users } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { Badge, Card } from '../design/card.tsx'
import { ConfirmButton } from '../design/dialog.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { tellDone, tellFailed } from '../design/toast.tsx'
import { dateTime } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { Loaded, type Resource, useResource } from '../resource/resource.tsx'
import { failureText } from '../session/failure-text.ts'
import { api, currentHome, may, me } from '../session/session.ts'
import { HomeCard, NewHomeDialog } from './people/home-card.tsx'
import { InviteDialog } from './people/invite-dialog.tsx'
import { KeepingCard } from './people/keeping.tsx'

type Members = { readonly items: readonly MemberView[] }

const RoleSelect = ({ member, onChange }: { readonly member: MemberView; readonly onChange: (role: Role) => void }) => {
  const t = useText()
  return (
    <select
      class="input"
      aria-label={t.home.people.roleOf(member.name)}
      value={member.role}
      onChange={(event) => {
        const role = roles.find((name) => name === event.currentTarget.value)
        if (role) onChange(role)
      }}
    >
      {roles.map((role) => (
        <option key={role} value={role} selected={role === member.role}>
          {t.roles[role]}
        </option>
      ))}
    </select>
  )
}

const MemberRow = ({
  member,
  home,
  members,
}: {
  readonly member: MemberView
  readonly home: HomeView
  readonly members: Resource<{ items: MemberView[] }>
}) => {
  const t = useText()
  const isMe = member.person_id === me.value?.person_id
  const mayChange = home.role === 'admin' && !isMe
  const params = { home_id: home.home_id, person_id: member.person_id }
  const setRole = async (role: Role) => {
    const changed = await api.call('updateMember', { params, body: { role } })
    if (changed.ok) tellDone(t.home.people.roleChanged(member.name, t.roles[role]))
    else tellFailed(t.speakers.rolledBack(t.home.people.roleOf(member.name), failureText(t, changed.error)))
    members.reload()
  }
  const remove = async () => {
    const removed = await api.call('removeMember', { params })
    if (removed.ok) tellDone(t.home.people.removed(member.name))
    else tellFailed(failureText(t, removed.error))
    members.reload()
  }
  return (
    <li class="list-row member">
      <span class="avatar" aria-hidden="true">
        {[...member.name][0]?.toUpperCase()}
      </span>
      <span class="grow">
        <strong>{member.name}</strong> {isMe && <Badge tone="accent">{t.home.people.you}</Badge>}{' '}
        {member.has_totp && <Badge tone="good">{t.home.people.twoFactor}</Badge>}
        <span class="soft small">
          <br />
          {member.login}
        </span>
      </span>
      {mayChange ? (
        <span class="row-tight member-controls">
          <div>
            <RoleSelect member={member} onChange={(role) => void setRole(role)} />
          </div>
          <ConfirmButton
            kind="quiet"
            label={t.actions.remove}
            accessibleName={t.home.people.remove(member.name)}
            title={t.home.people.removeTitle(member.name)}
            text={t.home.people.removeText}
            onConfirm={remove}
          />
        </span>
      ) : (
        <Badge>{t.roles[member.role]}</Badge>
      )}
    </li>
  )
}

const MemberCard = ({ home, onInvite }: { readonly home: HomeView; readonly onInvite: () => void }) => {
  const t = useText()
  const members = useResource(home.home_id, (signal) =>
    api.call('listMembers', { params: { home_id: home.home_id } }, { signal }),
  )
  return (
    <Card
      title={t.home.people.members}
      flush
      actions={
        home.role === 'admin' && (
          <Button kind="primary" icon={UserPlus} onClick={onInvite}>
            {t.home.people.invite}
          </Button>
        )
      }
    >
      <Loaded resource={members}>
        {({ items }: Members) => (
          <ul class="list">
            {items.map((member) => (
              <MemberRow key={`${member.person_id} ${member.role}`} member={member} home={home} members={members} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  )
}

const InvitationRow = ({
  invitation,
  homeId,
  onRevoked,
}: {
  readonly invitation: InvitationView
  readonly homeId: string
  readonly onRevoked: () => void
}) => {
  const t = useText()
  const revoke = async () => {
    const params = { home_id: homeId, invitation_id: invitation.invitation_id }
    const revoked = await api.call('revokeInvitation', { params })
    if (revoked.ok) tellDone(t.home.people.revoked)
    else tellFailed(failureText(t, revoked.error))
    onRevoked()
  }
  return (
    <li class="list-row">
      <span class="grow">
        <strong>{invitation.note ?? t.roles[invitation.role]}</strong>
        <span class="soft small">
          <br />
          {t.roles[invitation.role]} · {t.home.people.until(dateTime(invitation.expires_at))}
        </span>
      </span>
      <Button kind="quiet" aria-label={t.home.people.revokeOf(t.roles[invitation.role])} onClick={() => void revoke()}>
        {t.home.people.revoke}
      </Button>
    </li>
  )
}

const InvitationCard = ({ homeId, made }: { readonly homeId: string; readonly made: number }) => {
  const t = useText()
  const invitations = useResource(`${homeId} ${made}`, (signal) =>
    api.call('listInvitations', { params: { home_id: homeId } }, { signal }),
  )
  return (
    <Card title={t.home.people.invitations} flush>
      <Loaded resource={invitations}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="card-body soft">{t.home.people.noInvitations}</p>
          ) : (
            <ul class="list">
              {items.map((invitation) => (
                <InvitationRow
                  key={invitation.invitation_id}
                  invitation={invitation}
                  homeId={homeId}
                  onRevoked={invitations.reload}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}

const HomePeople = ({ homeId }: { readonly homeId: string }) => {
  const [isInviting, setInviting] = useState(false)
  const [made, setMade] = useState(0)
  const home = useResource(homeId, (signal) => api.call('getHome', { params: { home_id: homeId } }, { signal }))
  return (
    <Loaded resource={home}>
      {(view) => (
        <div class="columns columns-wide-left">
          <div class="stack">
            <MemberCard home={view} onInvite={() => setInviting(true)} />
            {view.role === 'admin' && <InvitationCard homeId={homeId} made={made} />}
          </div>
          <div class="stack">
            <HomeCard home={view} resource={home} />
            {view.role === 'admin' && <KeepingCard key={view.home_id} homeId={view.home_id} />}
          </div>
          {isInviting && (
            <InviteDialog
              homeId={homeId}
              onMade={() => setMade((count) => count + 1)}
              onClose={() => setInviting(false)}
            />
          )}
        </div>
      )}
    </Loaded>
  )
}

/** Who belongs to the current home, and the home itself. */
export const People = () => {
  const t = useText()
  const [isMaking, setMaking] = useState(false)
  const home = currentHome.value
  return (
    <Page
      title={t.home.people.title}
      intro={home && `${home.name} · ${t.roles[home.role]}`}
      actions={
        me.value?.is_system_admin && (
          <Button icon={Plus} onClick={() => setMaking(true)}>
            {t.home.people.newHome}
          </Button>
        )
      }
    >
      {home && may(home.home_id, 'viewer') ? (
        <HomePeople key={home.home_id} homeId={home.home_id} />
      ) : (
        <EmptyState icon={Users} title={t.states.noHomeTitle}>
          {t.states.noHomeText}
        </EmptyState>
      )}
      {isMaking && <NewHomeDialog onClose={() => setMaking(false)} />}
    </Page>
  )
}
