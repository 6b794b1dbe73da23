import TocsinModel

/// A slot in the broker's table of open incidents. It is reused after its incident has closed.
struct IncidentSlot: Hashable {
    let index: Int32
}

/// The open incidents. Alerts point to their incident's slot, so following one costs no search. An incident that a
/// person or a deadline names is found by its number.
struct IncidentTable {
    private var slots: [OpenIncident] = []
    private var free: [IncidentSlot] = []
    private var slotByNumber = NumberWindow()

    var count: Int { slotByNumber.count }

    /// The numbers of all open incidents.
    var openNumbers: NumberWindow { slotByNumber }

    func slot(of number: IncidentNumber) -> IncidentSlot? {
        slotByNumber[number.value].map { IncidentSlot(index: Int32(truncatingIfNeeded: $0)) }
    }

    /// The open incident of that number, if there is one.
    subscript(number: IncidentNumber) -> OpenIncident? { slot(of: number).map { slots[Int($0.index)] } }

    /// The incident in a slot that is in use. The accessors lend it in place: a copy would retain and release its
    /// arrays.
    subscript(slot: IncidentSlot) -> OpenIncident {
        _read { yield slots[Int(slot.index)] }
        _modify { yield &slots[Int(slot.index)] }
    }

    /// The slot of the next incident. Its alerts must know the slot before the incident is added.
    var next: IncidentSlot { free.last ?? IncidentSlot(index: Int32(slots.count)) }

    /// Makes room for `count` more incidents, which are about to be added.
    mutating func reserve(_ count: Int) {
        slots.reserveCapacity(slots.count + count)
    }

    mutating func add(_ incident: consuming OpenIncident) {
        let slot = next
        slotByNumber.insert(UInt64(slot.index), at: incident.number.value)
        if free.popLast() != nil {
            slots[Int(slot.index)] = incident
        } else {
            slots.append(incident)
        }
    }

    mutating func remove(_ slot: IncidentSlot) {
        slotByNumber.remove(slots[Int(slot.index)].number.value)
        slots[Int(slot.index)].alerts = []
        free.append(slot)
        // The slots are given back after a backlog. Otherwise their memory would be kept for ever.
        if count == 0 { (slots, free) = ([], []) }
    }

    /// Lends the incidents after a number to `body`, in the order of their numbers, until it returns false.
    func forEach(after number: Int64, _ body: (borrowing OpenIncident) -> Bool) {
        slots.withUnsafeBufferPointer { slots in
            slotByNumber.forEach(after: number) { _, value in
                let slot = Int(UInt32(truncatingIfNeeded: value))
                precondition(slot < slots.count, "A number's slot is one of the table's.")
                return body(slots[slot])
            }
        }
    }

    /// Returns the numbers of the incidents up to `last`, in order.
    func numbers(through last: IncidentNumber) -> [IncidentNumber] {
        var numbers: [IncidentNumber] = []
        numbers.reserveCapacity(count)
        slotByNumber.forEach(after: 0) { number, _ in
            guard number <= last.value else { return false }
            numbers.append(IncidentNumber(number))
            return true
        }
        return numbers
    }
}
