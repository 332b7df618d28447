"""The desk of a story's world, served over its socket."""

import asyncio
from contextlib import asynccontextmanager

from service.adapters.desk_socket import DeskClient, DeskServer
from service.domain.disputes import DisputeError
from service.domain.verifiers import VerifierError
from service.flows.acting import Acting
from service.flows.desk import StaffDesk, Tools
from service.flows.entries import LogUnavailableError
from service.flows.support_case import SupportCase, SupportError
from service.vault.disputes import DisputeVault

REFUSALS = (DisputeError, VerifierError, SupportError, LogUnavailableError)


@asynccontextmanager
async def serving_desk(world, path, members):
    """A desk that tells who asks by `members`; a link that carries out what it leaves."""
    tools = Tools(
        SupportCase(world.order_post, world.names_a_place, world.clock),
        DisputeVault(world.tickets, world.entropy),
        world.administer,
        world.registry,
        Acting(world.log, world.names_a_place, world.entropy, world.clock),
    )
    server = DeskServer(path, members, lambda name: StaffDesk(tools, name), REFUSALS)
    await server.start()

    async def link():
        while True:
            await world.serve_orders()
            await asyncio.sleep(0.01)

    linking = asyncio.create_task(link())
    try:
        yield
    finally:
        linking.cancel()
        await asyncio.wait({linking})
        await world.sender.drain()
        await server.close()


@asynccontextmanager
async def desk_for(world, folder, members):
    """The same, and somebody who asks."""
    path = folder / "desk"
    async with serving_desk(world, path, members):
        client = await DeskClient.connect(path)
        try:
            yield client.desk
        finally:
            await client.close()
