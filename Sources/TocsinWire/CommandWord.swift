public import TocsinModel

/// The command words of TIP/1, of both sides. A message has one.
public enum CommandWord: String, ReportWord {
    /// Every word by its bytes.
    public static let table = WordTable(CommandWord.self)

    // Field clients
    case report = "REPORT"
    case receipt = "RECEIPT"
    case follow = "FOLLOW"
    case progress = "PROGRESS"
    case rate = "RATE"
    // Department terminals
    case join = "JOIN"
    case joined = "JOINED"
    case alert = "ALERT"
    case received = "RECEIVED"
    case acknowledge = "ACKNOWLEDGE"
    case decline = "DECLINE"
    case status = "STATUS"
    case confirmed = "CONFIRMED"
    case taken = "TAKEN"
    case leave = "LEAVE"
    case subscribe = "SUBSCRIBE"
    case unsubscribe = "UNSUBSCRIBE"
    // Department terminals and operators
    case subscriptions = "SUBSCRIPTIONS"
    // Operators
    case info = "INFO"
    case incidents = "INCIDENTS"
    case incident = "INCIDENT"
    case pending = "PENDING"
    case explain = "EXPLAIN"
    case reload = "RELOAD"
    case close = "CLOSE"
    case silence = "SILENCE"
    case unsilence = "UNSILENCE"
    case silences = "SILENCES"
    case reopen = "REOPEN"
    case split = "SPLIT"
    case clients = "CLIENTS"
    case audit = "AUDIT"
    case stats = "STATS"
    // Everybody
    case ok = "OK"
    case refused = "REFUSED"
    case ping = "PING"
    case pong = "PONG"
}
