import TocsinAccess
import TocsinModel
import ZeroMQ

/// The clients with what each may do, when each was there last, and how many connections it has: the answer to CLIENTS.
struct ClientsInUse: Sendable {
    private let principals: PrincipalTable
    private let said: HeardPrincipals
    private let admitted: LastSeen
    private let security: String
    private let now: Timestamp

    init(_ gatekeeper: Gatekeeper, _ said: HeardPrincipals, security: String, now: Timestamp) {
        principals = gatekeeper.principals
        admitted = gatekeeper.seen
        self.said = said
        self.security = security
        self.now = now
    }

    /// Writes the answer. The connections are counted now.
    ///
    ///     {"security":"keys","clients":[{"name":"fire-desk","join":["fire"],"feed":"all","lastSeen":T,"connections":1}],
    ///      "users":[{"name":"uid:li","lastSeen":T,"connections":1}]}
    func write(to json: inout JSONWriter) {
        let numbers = (1...max(1, principals.entries.count)).map { PrincipalNumber(value: UInt32($0)) }
        let counts = ConnectionBounds.connections(ofOwnersUpTo: UInt32(principals.entries.count))
        // A client whose entry was changed has another number since, and is the same one.
        var lastSeen: [PrincipalName: Timestamp] = [:]
        for (number, entry) in zip(numbers, principals.entries) {
            guard let time = [said[number], admitted[number], lastSeen[entry.name]].compactMap(\.self).max() else {
                continue
            }
            lastSeen[entry.name] = time
        }
        let listed = zip(numbers, principals.entries).filter(\.1.isListed).sorted { $0.1.name < $1.1.name }
        func write(_ kind: StaticString, to json: inout JSONWriter, isUser: Bool) {
            json.array(kind) { json in
                for (number, entry) in listed where entry.name.isUser == isUser {
                    json.object { json in
                        json.member("name", entry.name.text)
                        if !isUser { entry.rights.write(to: &json) }
                        json.member("until", ifPresent: entry.until)
                        if !entry.isIn(at: now) { json.member("isOver", true) }
                        json.member("lastSeen", ifPresent: lastSeen[entry.name])
                        json.member("connections", Int(counts[Int(number.value)]))
                    }
                }
            }
        }
        json.object { json in
            json.member("security", security)
            write("clients", to: &json, isUser: false)
            write("users", to: &json, isUser: true)
        }
    }
}

extension Rights {
    /// Writes the members of an entry of the clients file, as they stand there.
    fileprivate func write(to json: inout JSONWriter) {
        if let report {
            json.object("report") { json in
                report.senders.write("as", to: &json)
                if let within = report.within {
                    json.array("within") { json in for place in within { json.string("\(place)") } }
                }
                json.member("rate", ifPresent: report.rate.map { "\($0)" })
            }
        }
        join.write("join", to: &json)
        feed.write("feed", to: &json)
        if let operate { json.member("operate", operate) }
    }
}

extension Rights.Choice where Element: CustomStringConvertible {
    /// Writes `"all"` or a list; nothing for none.
    fileprivate func write(_ name: StaticString, to json: inout JSONWriter) {
        switch self {
        case .all: json.member(name, "all")
        case .only(let elements) where elements.isEmpty: break
        case .only(let elements): json.array(name) { json in for element in elements { json.string("\(element)") } }
        }
    }
}
