import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// Checks of the broker's own reports.
extension World {
    /// Checks that a lost link is told to its supervisor and whomever the rules add, and only while no loss of it is open.
    /// A return is told to everybody who was told of the loss.
    mutating func checkLinkReport(_ record: IncidentRecord, _ entry: JournalEntry) {
        let what = "Incident \(entry.position)"
        guard let report = try? ReportDecoder().decode(record.report), report.name == record.name,
            let link = report.parameters.first(where: { $0.name == "link" }).flatMap({ Recipient($0.value) }),
            let rules = Town.rules(of: ledger.rules.texts)
        else { return observer.violate(.supervised, "\(what) is not a whole report of a link.") }
        guard let supervisor = Town.supervisor(of: link, by: ledger.rules.texts) else {
            return observer.violate(.supervised, "\(what) is about \(link), which nobody supervises.")
        }
        observer.expect(
            report.name.identifier == "\(report.event)/\(link)/\(entry.position)", .supervised,
            "\(what) is called \(report.name).")
        let losses = ledger.incidents.values.filter {
            $0.life.number.position < entry.position && $0.life.record.isLoss(of: link)
        }
        let routing: Routing
        if record.isLoss {
            let open = losses.first { $0.life.isOpen }?.life.number
            observer.expect(
                open == nil, .supervised, "\(what) tells again of \(link), as incident \(open?.value ?? 0) does.")
            routing = rules.route(
                Case(report, at: entry.at, body: record.report), to: supervisor, of: link.name,
                with: ledger.subscriptions(readBy: rules))
        } else {
            let parameter = report.parameters.first { $0.name == "incident" }
            guard let number = parameter.flatMap({ Int64($0.value) }).map({ IncidentNumber($0) }),
                let loss = losses.first(where: { $0.life.number == number })
            else { return observer.violate(.supervised, "\(what) ends a loss that there is not.") }
            let told = loss.life.isOpen ? loss.life.alerts.map(\.recipient) : []
            routing = Routing(informing: [supervisor] + told, rule: Ruleset.supervisionName(of: link.name))
        }
        observer.expect(
            record.alerts.map(\.addressee) == routing.addressees && record.plans == routing.keptPlans, .supervised,
            "\(what) is to go to \(routing.addressees.map(\.recipient)), and goes to "
                + "\(record.alerts.map(\.recipient)).")
    }

    /// Checks that no loss is left when everybody has been there for long. A link that came and went may have to hold for
    /// longer.
    mutating func checkLinks(_ daemon: SimulatedDaemon) {
        let overview = daemon.pipeline.broker.linkOverview(at: Moment(wall: wall, uptime: now + daemon.uptimeAtZero))
        let left = overview.lost.filter { $0.losses < 3 }.map(\.link)
        observer.expect(left.isEmpty, .supervised, "The links to \(left) are still lost.")
        let lost = Set(overview.lost.map(\.incident))
        for incident in ledger.incidents.values where incident.life.isOpen && incident.life.record.isLoss {
            observer.expect(
                lost.contains(incident.life.number), .supervised, "The loss \(incident.life.number) has no end.")
        }
    }
}

extension IncidentRecord {
    /// True if it is the broker's own report of a lost link.
    var isLoss: Bool { name.sender == Town.broker && event == "link-lost" }

    func isLoss(of link: Recipient) -> Bool { isLoss && name.identifier.hasPrefix("link-lost/\(link)/") }
}
