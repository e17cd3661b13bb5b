/** Everything the text of a private Dovecot's configuration depends on. */
export interface DovecotSettings {
  /** The version that `dovecot --version` names: 2.4 changed the names of most settings. */
  version: '2.3' | '2.4'
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

/** The configuration text for a throw-away server on 127.0.0.1 that keeps everything below `dir`. */
export function dovecotConfig(settings: DovecotSettings): string {
  const ofVersion = settings.version === '2.3' ? [tls23, authentication23, mail23] : [tls24, authentication24, mail24]
  const sections = [firstLines, general, ...ofVersion, namespace, services, imapProtocol, unprivileged]
  return `${sections.map((section) => section(settings)).join('\n')}\n${settings.extra}\n`
}

function firstLines({ version }: DovecotSettings): string {
  return version === '2.3' ? '' : 'dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0'
}

function general({ dir }: DovecotSettings): string {
  return `protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = ${dir}/dovecot.log
auth_verbose = yes
auth_mechanisms = plain login
auth_failure_delay = 0
default_process_limit = 2000
default_client_limit = 10000
default_vsz_limit = 4G
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 5000
# Without it more than 128 idle sessions per user (the limit of inotify) are looked at every 30 s only.
mailbox_idle_check_interval = 1 secs`
}

// `ssl = yes` offers STARTTLS on the plain port and demands it of nobody.
function tls23({ dir }: DovecotSettings): string {
  return `ssl = yes
ssl_cert = <${dir}/cert.pem
ssl_key = <${dir}/key.pem
disable_plaintext_auth = no`
}

function tls24({ dir }: DovecotSettings): string {
  return `ssl = yes
ssl_server_cert_file = ${dir}/cert.pem
ssl_server_key_file = ${dir}/key.pem
auth_allow_cleartext = yes`
}

function authentication23({ dir, owner }: DovecotSettings): string {
  return `passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${dir}/users
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${dir}/mail/%u
}`
}

function authentication24({ dir, owner }: DovecotSettings): string {
  return `passdb passwd-file {
  passwd_file_path = ${dir}/users
  default_password_scheme = PLAIN
}
userdb static {
  fields {
    uid = ${owner.uid}
    gid = ${owner.gid}
    home = ${dir}/mail/%{user}
  }
}`
}

// LAYOUT=fs: mailboxes below another one lie in folders below its folder, which is the only way '/' can separate names.
function mail23({ format, separator }: DovecotSettings): string {
  if (format === 'sdbox') return 'mail_location = sdbox:~/sdbox'
  return `mail_location = maildir:~/Maildir${separator === '/' ? ':LAYOUT=fs' : ''}`
}

function mail24({ format, separator }: DovecotSettings): string {
  if (format === 'sdbox') return 'mail_driver = sdbox\nmail_path = ~/sdbox'
  const layout = separator === '/' ? 'fs' : 'maildir++'
  return `mail_driver = maildir\nmail_path = ~/Maildir\nmailbox_list_layout = ${layout}`
}

function namespace({ separator, prefix }: DovecotSettings): string {
  return `namespace inbox {
  inbox = yes
  separator = ${separator}
  prefix = ${prefix}
${specialMailboxes.map(specialMailbox).join('\n')}
}`
}

function specialMailbox(name: string): string {
  return `  mailbox ${name} {
    auto = subscribe
    special_use = \\${name}
  }`
}

function services({ version, port, tlsPort, lmtpPort }: DovecotSettings): string {
  const anyNumberOfLogins = version === '2.3' ? 'service_count = 0' : 'restart_request_count = unlimited'
  return `# No growing delay (2 to 17 s) after failed logins.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  ${anyNumberOfLogins}
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

// Compression (new in 2.4) would hide from a proxy what passes between client and server.
function imapProtocol({ version, capabilities }: DovecotSettings): string {
  if (capabilities !== undefined) return `protocol imap {\n  imap_capability = ${capabilities}\n}`
  if (version === '2.3') return ''
  return 'protocol imap {\n  imap_capability {\n    "COMPRESS=DEFLATE" = no\n  }\n}'
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
