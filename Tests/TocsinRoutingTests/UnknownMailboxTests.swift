import Testing
import TocsinModel

@testable import TocsinRouting

@Suite struct UnknownMailboxTests {
    @Test(arguments: [
        ("fyre", "'fyre' is not a department; valid are fire, police, gas, desk; did you mean 'fire'?"),
        ("moon", "'moon' is not a department; valid are fire, police, gas, desk"),
        ("leader", "'leader' is a role, which has a mailbox at a place; one is leader@110101"),
        (
            "polise@110101005",
            "'polise' is not a role; valid are grid-officer, police, leader; did you mean 'police'?"
        ),
        (
            "police@110101",
            "the role 'police' does not exist at a district such as 110101; it exists at street, grid"
        ),
        (
            "police@110101050",
            "'110101050' is not a street; valid are 110101005, 110101006; did you mean '110101005'?"
        ),
    ])
    func `the name of a mailbox that does not exist is answered with what would be right`(
        name: String, problem: String
    ) throws {
        let recipient = try #require(Recipient(name))
        #expect(try makeDirectory().problem(of: recipient) == problem)
    }
}
