import TocsinModel

/// What the alerts of a group have in sum.
struct StatisticsGroup: Sendable {
    /// The incidents, each counted once; exact in groups by rule, place and severity.
    var incidents: Int64 = 0
    var alerts: Int64 = 0
    /// The alerts that somebody must take on.
    var toAcknowledge: Int64 = 0
    var acknowledged: Int64 = 0
    var declined: Int64 = 0
    /// Those that somebody took on after their time, and those that nobody took on within it and has not since.
    var late: Int64 = 0
    var unanswered: Int64 = 0
    var ratings: Int64 = 0
    var scores: Int64 = 0
    /// The alerts by which whoever reported was promised an answer, and those of them that gave it in time, or did not.
    var promised: Int64 = 0
    var promisesKept: Int64 = 0
    var promisesMissed: Int64 = 0
    /// The incidents whose highest size of place this is, and those that went there past the next smaller one.
    var ended: Int64 = 0
    var skipped: Int64 = 0
    /// Reported until stored.
    var stored = LegTimes()
    /// Told until received.
    var received = LegTimes()
    /// Received until acknowledged; told until then where no terminal said RECEIVED before.
    var acknowledging = LegTimes()
    /// Told until acknowledged, which is what the deadline counts.
    var answered = LegTimes()
    /// Acknowledged until resolved.
    var resolved = LegTimes()

    mutating func add(_ course: AlertCourse, countsIncident: Bool, isMissed: Bool, now: Int64) {
        alerts += 1
        if course.feedback != nil {
            promised += 1
            if let isMissed = course.isPromiseMissed(now: now) {
                if isMissed { promisesMissed += 1 } else { promisesKept += 1 }
            }
        }
        count(course, countsIncident: countsIncident)
        if course.purpose == .action { toAcknowledge += 1 }
        if course.acknowledged != nil { acknowledged += 1 }
        if course.isDeclined { declined += 1 }
        if isMissed, course.acknowledged == nil { unanswered += 1 } else if isMissed { late += 1 }
        if let reporting = course.reporting { stored.add(reporting) }
        if let time = course.received { received.add(time) }
        guard let taken = course.acknowledged else { return }
        answered.add(taken)
        acknowledging.add(max(0, taken - min(course.received ?? 0, taken)))
        if course.state == .resolved, let ended = course.ended { resolved.add(max(0, ended - taken)) }
    }

    /// Counts the incident and its rating alone.
    mutating func count(_ course: AlertCourse, countsIncident: Bool) {
        guard countsIncident else { return }
        incidents += 1
        if course.score > 0 { (ratings, scores) = (ratings + 1, scores + Int64(course.score)) }
    }

    /// Takes over another group's incidents and ratings in place of its own.
    mutating func takeIncidents(of other: StatisticsGroup) {
        (incidents, ratings, scores) = (other.incidents, other.ratings, other.scores)
        (ended, skipped) = (other.ended, other.skipped)
    }

    mutating func add(_ other: StatisticsGroup) {
        incidents += other.incidents
        alerts += other.alerts
        toAcknowledge += other.toAcknowledge
        acknowledged += other.acknowledged
        declined += other.declined
        late += other.late
        unanswered += other.unanswered
        ratings += other.ratings
        scores += other.scores
        promised += other.promised
        promisesKept += other.promisesKept
        promisesMissed += other.promisesMissed
        ended += other.ended
        skipped += other.skipped
        stored.add(other.stored)
        received.add(other.received)
        acknowledging.add(other.acknowledging)
        answered.add(other.answered)
        resolved.add(other.resolved)
    }

    func write(to json: inout JSONWriter, named name: String?, withIncidents: Bool, withClimb: Bool) {
        json.object { json in
            json.member("name", ifPresent: name)
            if withIncidents { json.member("incidents", incidents) }
            if withClimb {
                json.member("ended", ended)
                json.member("skipped", skipped)
            }
            json.member("alerts", alerts)
            json.member("toAcknowledge", toAcknowledge)
            json.member("acknowledged", acknowledged)
            json.member("declined", declined)
            json.member("late", late)
            json.member("unanswered", unanswered)
            json.object("legs") { json in
                json.key("stored")
                stored.write(to: &json)
                json.key("received")
                received.write(to: &json)
                json.key("acknowledged")
                acknowledging.write(to: &json)
                json.key("answered")
                answered.write(to: &json)
                json.key("resolved")
                resolved.write(to: &json)
            }
            if promised > 0 {
                json.object("feedback") { json in
                    json.member("promised", promised)
                    json.member("kept", promisesKept)
                    json.member("missed", promisesMissed)
                }
            }
            guard ratings > 0 else { return }
            json.object("ratings") { json in
                json.member("count", ratings)
                json.key("mean")
                json.double((Double(scores) * 100 / Double(ratings)).rounded() / 100)
            }
        }
    }
}
