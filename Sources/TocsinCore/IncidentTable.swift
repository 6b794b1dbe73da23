import TocsinModel

/// A slot in the broker's table of open incidents; given again after its incident has closed.
struct IncidentSlot: Hashable {
    fileprivate let index: Int32
}

/// The open incidents. Alerts point to their incident's slot, so that following one costs no hashing; its number finds
/// an incident where a person or a deadline names it.
struct IncidentTable {
    private var slots: [OpenIncident] = []
    private var free: [IncidentSlot] = []
    private var slotByNumber: [IncidentNumber: IncidentSlot] = [:]

    var count: Int { slotByNumber.count }

    func slot(of number: IncidentNumber) -> IncidentSlot? { slotByNumber[number] }

    /// The open incident of that number.
    subscript(number: IncidentNumber) -> OpenIncident? { slotByNumber[number].map { slots[Int($0.index)] } }

    /// The incident in a slot that is in use. The accessors lend it in place: a copy would count its arrays up and down.
    subscript(slot: IncidentSlot) -> OpenIncident {
        _read { yield slots[Int(slot.index)] }
        _modify { yield &slots[Int(slot.index)] }
    }

    /// The slot that the next incident gets: its alerts must know it before it is there.
    var next: IncidentSlot { free.last ?? IncidentSlot(index: Int32(slots.count)) }

    mutating func add(_ incident: OpenIncident) {
        let slot = next
        if free.popLast() != nil {
            slots[Int(slot.index)] = incident
        } else {
            slots.append(incident)
        }
        slotByNumber[incident.number] = slot
    }

    mutating func remove(_ slot: IncidentSlot) {
        slotByNumber[slots[Int(slot.index)].number] = nil
        slots[Int(slot.index)].alerts = []
        slots[Int(slot.index)].plans = []
        free.append(slot)
    }

    /// The slots in use.
    var inUse: some Collection<IncidentSlot> { slotByNumber.values }
}
