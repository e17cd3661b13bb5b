/** Everything the text of a private Dovecot's configuration depends on. */
export interface DovecotSettings {
  dir: string
  port: number
  tlsPort: number
  lmtpPort: number
  /** The hierarchy separator. */
  separator: '/' | '.'
  /** The personal namespace's prefix, such as 'INBOX.'. */
  prefix: string
  format: 'maildir' | 'sdbox'
  /** What CAPABILITY advertises; undefined: all that Dovecot can. */
  capabilities?: string | undefined
  /** Further configuration lines, at the end. */
  extra: string
  /** Who owns the mail. */
  owner: { uid: number; gid: number }
  /** The name of this process's user and group when it is not root. */
  unprivileged?: { user: string; group: string } | undefined
}

/** Mailboxes with a special use (RFC 6154) that every account has from the start. */
const specialMailboxes = ['Sent', 'Drafts', 'Trash', 'Junk', 'Archive']

/** The configuration text (Dovecot 2.3) for a throw-away server on 127.0.0.1 that keeps everything below `dir`. */
export function dovecotConfig(settings: DovecotSettings): string {
  const sections = [general, logging, tls, authentication, mail, services, imapProtocol, unprivileged]
  return `${sections.map((section) => section(settings)).join('\n')}\n${settings.extra}\n`
}

/** Run by someone who is not root, nothing can change its user or root directory. */
function unprivileged({ unprivileged: self }: DovecotSettings): string {
  if (self === undefined) return ''
  const noChroot = ['anvil', 'imap-login', 'stats'].map((name) => `service ${name} {\n  chroot =\n}`)
  return `default_internal_user = ${self.user}
default_login_user = ${self.user}
default_internal_group = ${self.group}
${noChroot.join('\n')}`
}

function general({ dir }: DovecotSettings): string {
  return `protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${dir}/run
state_dir = ${dir}/state
default_process_limit = 2000
default_client_limit = 10000
default_vsz_limit = 0`
}

function logging({ dir }: DovecotSettings): string {
  return `log_path = ${dir}/dovecot.log
auth_verbose = yes`
}

/** `ssl = yes` offers STARTTLS on the plain port and demands it of nobody. */
function tls({ dir }: DovecotSettings): string {
  return `ssl = yes
ssl_cert = <${dir}/cert.pem
ssl_key = <${dir}/key.pem
disable_plaintext_auth = no`
}

/** No waiting after a failed login (the penalty grows from 2 to 17 s otherwise). */
function authentication({ dir, owner }: DovecotSettings): string {
  return `auth_mechanisms = plain login
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${dir}/users
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${dir}/mail/%u
}`
}

function mail(settings: DovecotSettings): string {
  return `mail_location = ${mailLocation(settings)}
mail_fsync = never
mail_max_userip_connections = 5000
# Without it more than 128 idle sessions per user (the limit of inotify) are looked at every 30 s only.
mailbox_idle_check_interval = 1 secs
first_valid_uid = 1
namespace inbox {
  inbox = yes
  separator = ${settings.separator}
  prefix = ${settings.prefix}
${specialMailboxes.map(specialMailbox).join('\n')}
}`
}

function mailLocation({ format, separator }: DovecotSettings): string {
  if (format === 'sdbox') return 'sdbox:~/sdbox'
  return separator === '/' ? 'maildir:~/Maildir:LAYOUT=fs' : 'maildir:~/Maildir'
}

function specialMailbox(name: string): string {
  return `  mailbox ${name} {
    auto = subscribe
    special_use = \\${name}
  }`
}

function services({ port, tlsPort, lmtpPort }: DovecotSettings): string {
  return `service imap-login {
  service_count = 0
  process_min_avail = 1
  client_limit = 5000
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
}
service imap {
  process_limit = 2000
}
service lmtp {
  inet_listener lmtp {
    port = ${lmtpPort}
  }
}
protocol lmtp {
  postmaster_address = postmaster@localhost
}`
}

function imapProtocol({ capabilities }: DovecotSettings): string {
  return capabilities === undefined ? '' : `protocol imap {\n  imap_capability = ${capabilities}\n}`
}
