import TocsinAccess
import TocsinModel

/// The name of a supervised link: a recipient (`fire`), or a client that has a key (`client:handheld-7`).
enum LinkName: Hashable, CustomStringConvertible {
    case recipient(Recipient)
    case client(PrincipalName)

    private static let clientPrefix = "client:"

    /// Reads a name as ``description`` writes it; nil for anything else.
    init?(_ text: Substring) {
        if text.hasPrefix(Self.clientPrefix) {
            guard let name = PrincipalName(client: String(text.dropFirst(Self.clientPrefix.count))) else { return nil }
            self = .client(name)
        } else {
            guard let recipient = Recipient(String(text)) else { return nil }
            self = .recipient(recipient)
        }
    }

    var description: String {
        switch self {
        case .recipient(let recipient): recipient.name
        case .client(let name): Self.clientPrefix + name.text
        }
    }
}

/// The links that somebody supervises. It has no clock: signs of life and times come in, and changes go out.
///
/// A link is lost when nothing has been heard of it for ``SupervisedLink/silence``, whether it left or fell silent. It is
/// restored when it has held for some time from then on, and not before: what is lost again meanwhile is the same loss,
/// and is counted. That time doubles with each loss, so that a link that comes and goes is one loss in the end.
///
///     held ── silent ──► lost ── heard ──► returning ── holds ──► held
///                         ▲                    │
///                         └────── silent ──────┘  one loss more
struct LinkSupervision {
    private(set) var links: [SupervisedLink] = []
    private var indexByName: [LinkName: Int] = [:]
    /// True if a recipient is among the links, whose terminals must be asked often enough.
    private(set) var hasRecipients = false

    var isEmpty: Bool { links.isEmpty }

    /// The link at an index. The accessors lend it in place.
    subscript(index: Int) -> SupervisedLink {
        _read { yield links[index] }
        _modify { yield &links[index] }
    }

    /// Returns the link of that name.
    subscript(name: LinkName) -> SupervisedLink? { indexByName[name].map { links[$0] } }

    mutating func add(_ link: SupervisedLink) {
        guard indexByName[link.name] == nil else { return }
        indexByName[link.name] = links.count
        links.append(link)
        if case .recipient = link.name { hasRecipients = true }
    }

    /// Notes that a recipient has a terminal. The heartbeats say when that falls silent.
    mutating func joined(_ recipient: Recipient, now: Int64) {
        guard let index = indexByName[.recipient(recipient)] else { return }
        links[index].hear(at: now)
        links[index].isJoined = true
    }

    /// Notes that a recipient's last terminal is gone, and when that was heard last.
    mutating func left(_ recipient: Recipient, lastHeard: Int64) {
        guard let index = indexByName[.recipient(recipient)] else { return }
        links[index].hear(at: lastHeard)
        links[index].isJoined = false
    }

    /// Notes that a client has been heard.
    mutating func heard(_ client: PrincipalName, now: Int64) {
        guard let index = indexByName[.client(client)] else { return }
        links[index].hear(at: now)
    }
}

/// One supervised link.
struct SupervisedLink {
    /// A loss that has been reported, and has not ended.
    struct Loss {
        let incident: IncidentNumber
        /// When the incident was stored, which is when its report was made.
        let storedAt: Timestamp
        /// The uptime of the last sign of life before it.
        let since: Int64
        /// How often the link was lost since then, with the first time.
        var times = 1
    }

    enum State {
        /// The link has held since that uptime, as far as is known.
        case held(since: Int64)
        case lost(Loss)
        /// The link is back since that uptime, and has not held for long enough.
        case returning(Loss, since: Int64)
    }

    enum Change {
        case lost
        case restored(Loss, since: Int64)
    }

    let name: LinkName
    var supervisor: Recipient
    /// The time in milliseconds after which a link of which nothing is heard is lost.
    var silence: Int64
    /// The moment from which nobody minds, as a client's key is worth nothing; nil for never.
    var until: Timestamp?
    /// The uptime of the last sign of life, or that at which one was due first.
    var lastHeard: Int64
    /// False until there is a first sign of life.
    var wasHeard = false
    /// True while a terminal of the recipient is joined.
    var isJoined = false
    /// The number of losses since the link held for long.
    var losses = 0
    var state: State

    /// The times that ``silence`` goes into the time after which a link that has held is no longer taken for one that comes
    /// and goes, and the most that it goes into the time that a link has to hold.
    private static let memory: Int64 = 40

    /// Creates a link that is due to be heard, for the first time, within `silence` from `due` on.
    init(_ name: LinkName, supervisor: Recipient, silence: Int64, due: Int64) {
        (self.name, self.supervisor, self.silence) = (name, supervisor, silence)
        lastHeard = due
        state = .held(since: due)
    }

    mutating func hear(at uptime: Int64) {
        lastHeard = max(wasHeard ? lastHeard : uptime, uptime)
        wasHeard = true
    }

    /// The loss that has not ended, if there is one.
    var loss: Loss? {
        switch state {
        case .held: nil
        case .lost(let loss), .returning(let loss, _): loss
        }
    }

    /// The uptime since which a lost link is heard again; nil if it is not.
    var backSince: Int64? {
        guard case .returning(_, let since) = state else { return nil }
        return since
    }

    /// How long the link must hold to be restored, in milliseconds.
    private var settling: Int64 { silence * min(1 << min(Int64(losses), 10), Self.memory) }

    /// True if somebody is there, as far as can be known. A recipient that has just left is not, and is not lost yet either.
    private func isHere(at now: Int64) -> Bool {
        switch name {
        case .recipient: isJoined
        case .client: wasHeard && now - lastHeard < silence
        }
    }

    /// Takes the link on to what it is at this time. A ``Change/lost`` must be followed by ``lose(by:storedAt:)``.
    mutating func change(at now: Int64) -> Change? {
        let isSilent = !isJoined && now - lastHeard >= silence
        switch state {
        case .held(let since):
            if isSilent { return .lost }
            if now - since >= Self.memory * silence { losses = 0 }
        case .lost(let loss):
            if isHere(at: now) { state = .returning(loss, since: min(lastHeard, now)) }
        case .returning(var loss, let since):
            if isSilent {
                losses += 1
                loss.times += 1
                state = .lost(loss)
            } else if isHere(at: now), now - since >= settling {
                state = .held(since: since)
                return .restored(loss, since: since)
            }
        }
        return nil
    }

    /// Notes the incident of a loss.
    mutating func lose(by incident: IncidentNumber, storedAt: Timestamp) {
        losses += 1
        state = .lost(Loss(incident: incident, storedAt: storedAt, since: lastHeard))
    }

    /// Takes up a loss that was reported before the daemon started. How often the link was lost is not known.
    mutating func resume(_ incident: borrowing OpenIncident) {
        losses = 1
        state = .lost(
            Loss(incident: incident.number, storedAt: incident.storedAt, since: incident.storedUptime))
    }
}
